import { rdpServices } from "../../lib/core/windows.ts";
import type { Machine } from "./machine.ts";
import { readCipherPolicy } from "./schannel.ts";
import { startService } from "./services.ts";
import { resolveTimes, type WindowsState } from "./state.ts";

/**
 * The state after a restart of the VM: sessions and hung processes are gone, the cipher policy is read, and the
 * services start if their settings permit it. On a server the manual services are started too, by the services that
 * need them.
 */
export function rebootWindows(state: WindowsState, now: () => Date): WindowsState {
  const machine: Machine = { state: resolveTimes(state, now()), now };
  const { system, services } = machine.state;
  system.bootTime = now().toISOString();
  system.pendingReboot = false;
  machine.state.sessions = { active: 0, disconnected: 0 };
  readCipherPolicy(machine, "boot");
  for (const name of rdpServices) {
    const service = services[name];
    if (service) Object.assign(service, { state: "Stopped", hung: false });
  }
  machine.state.servicesDue = true;
  startDueServices(machine);
  return machine.state;
}

/** Starts the services that a restart of the VM has left to be started, when their time has come. */
export function startDueServices(machine: Machine): void {
  const { system, servicesDue, startsServicesAfterSeconds } = machine.state;
  if (!servicesDue) return;
  const due = Date.parse(system.bootTime) + startsServicesAfterSeconds * 1000;
  if (machine.now().getTime() < due) return;
  machine.state.servicesDue = false;
  for (const name of rdpServices) {
    try {
      startService(machine, name, 30);
    } catch {
      // Stays stopped: its settings forbid the start.
    }
  }
}
