import { type RdpService, rdpServices } from "../../lib/core/windows.ts";
import type { WindowsSeam } from "../windows/seam.ts";

/** States of the services in Windows' words; `null` is no such service. */
export type ServiceStates = Record<RdpService, string | null>;

const TimeoutSeconds = 60;

export function stateOf(seam: WindowsSeam, name: RdpService): string | null {
  return seam["Get-ServiceFacts"]({ Name: name })?.state ?? null;
}

export function statesOf(seam: WindowsSeam): ServiceStates {
  return {
    SessionEnv: stateOf(seam, "SessionEnv"),
    TermService: stateOf(seam, "TermService"),
    UmRdpService: stateOf(seam, "UmRdpService"),
  };
}

/** Stops these services, what depends on others first; one that hangs loses its process. */
export function stopServices(seam: WindowsSeam, names: readonly RdpService[]): void {
  for (const Name of [...rdpServices].reverse().filter((name) => names.includes(name))) {
    const state = stateOf(seam, Name);
    if (state === null || state === "Stopped") continue;
    try {
      seam["Stop-RdpService"]({ Name, TimeoutSeconds });
    } catch (error) {
      if (!stateOf(seam, Name)?.endsWith("Pending")) throw error;
      seam["Stop-HungService"]({ Name });
    }
  }
}

export function startService(seam: WindowsSeam, Name: RdpService): void {
  if (stateOf(seam, Name) !== "Running") seam["Start-RdpService"]({ Name, TimeoutSeconds });
}

/** Each service in this state. One that hung cannot be made to hang again, and stays as it is. */
export function bringServicesTo(seam: WindowsSeam, states: ServiceStates): void {
  for (const name of rdpServices) if (states[name] === "Running") startService(seam, name);
  stopServices(
    seam,
    rdpServices.filter((name) => states[name] === "Stopped"),
  );
}
