import { type RdpService, rdpServices } from "../../lib/core/windows.ts";
import { serviceWait } from "../../lib/guest/protocol.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";

/** States of the services in Windows' words; `null` is no such service. */
export type ServiceStates = Record<RdpService, string | null>;

const TimeoutSeconds = serviceWait.seconds;

export function stateOf(adapter: WindowsAdapter, name: RdpService): string | null {
  return adapter["Get-ServiceFacts"]({ Name: name })?.state ?? null;
}

export function statesOf(adapter: WindowsAdapter): ServiceStates {
  return {
    SessionEnv: stateOf(adapter, "SessionEnv"),
    TermService: stateOf(adapter, "TermService"),
    UmRdpService: stateOf(adapter, "UmRdpService"),
  };
}

/** Stops these services, what depends on others first; one that hangs loses its process. */
export function stopServices(adapter: WindowsAdapter, names: readonly RdpService[]): void {
  for (const Name of [...rdpServices].reverse().filter((name) => names.includes(name))) {
    stopWithPatience(adapter, Name);
  }
}

/** A busy host stops slowly: a service hangs when a wait after the first one brings no progress, or after five waits. */
function stopWithPatience(adapter: WindowsAdapter, Name: RdpService): void {
  for (let wait = 1; ; wait += 1) {
    const state = stateOf(adapter, Name);
    if (state === null || state === "Stopped") return;
    const progress = adapter["Get-ServiceCheckPoint"]({ Name });
    try {
      adapter["Stop-RdpService"]({ Name, TimeoutSeconds });
    } catch (error) {
      if (!stateOf(adapter, Name)?.endsWith("Pending")) throw error;
      const stands = adapter["Get-ServiceCheckPoint"]({ Name }) === progress;
      if (wait < serviceWait.maximum && (wait === 1 || !stands)) continue;
      adapter["Stop-HungService"]({ Name });
      return;
    }
  }
}

export function startService(adapter: WindowsAdapter, Name: RdpService): void {
  if (stateOf(adapter, Name) !== "Running") adapter["Start-RdpService"]({ Name, TimeoutSeconds });
}

/** Each service in this state. One that hung cannot be made to hang again, and stays as it is. */
export function bringServicesTo(adapter: WindowsAdapter, states: ServiceStates): void {
  for (const name of rdpServices) if (states[name] === "Running") startService(adapter, name);
  stopServices(
    adapter,
    rdpServices.filter((name) => states[name] === "Stopped"),
  );
}
