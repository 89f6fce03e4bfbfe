import { registryPath, type WeakenableValueId } from "../../lib/core/registry-value.ts";
import type { RestoredValue, WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";
import { startService, stopService } from "./services.ts";

const timeoutSeconds = 60;

export function restoredValue(id: WeakenableValueId): RestoredValue {
  return id === "rdp-tcp/SecurityLayer" ? "SecurityLayer" : "UserAuthentication";
}

/** Runs every task that is due, as Windows does by itself. */
export function runDueTasks(machine: Machine): void {
  if (machine.state.restoreTasks.length === 0) return;
  const due = machine.state.restoreTasks.filter(({ until }) => Date.parse(until) <= machine.now().getTime());
  for (const { value, weakened, former } of due) {
    restore(machine, value, weakened, former);
    // When TermService does not run afterwards, the task tries again.
    if (machine.state.services.TermService?.state === "Running") remove(machine, value);
  }
}

/**
 * What `$RestoreCommand` of scheduled-tasks.ps1 does. It restarts the services, because the value takes effect only
 * then.
 */
function restore(machine: Machine, value: RestoredValue, weakened: number, former: number | null): void {
  const { registry } = machine.state;
  const path = registryPath(`rdp-tcp/${value}`);
  try {
    if (registry[path]?.type === "dword" && registry[path].data === weakened) {
      stopService(machine, "UmRdpService", timeoutSeconds);
      stopService(machine, "TermService", timeoutSeconds);
      if (former === null) delete registry[path];
      else registry[path] = { type: "dword", data: former };
    }
    startService(machine, "TermService", timeoutSeconds);
    startService(machine, "UmRdpService", timeoutSeconds);
  } catch {
    // The service hangs, or may not be started: the task tries again in a few minutes.
  }
}

function remove({ state }: Machine, value: RestoredValue): void {
  state.restoreTasks = state.restoreTasks.filter((task) => task.value !== value);
}

type RestoreTaskFunctions = Pick<WindowsAdapter, "Get-RestoreTask" | "Register-RestoreTask" | "Unregister-RestoreTask">;

export function restoreTaskFunctions(machine: Machine): RestoreTaskFunctions {
  const find = (value: RestoredValue) => machine.state.restoreTasks.find((task) => task.value === value);
  return {
    "Get-RestoreTask": ({ Value }) => {
      const task = find(Value);
      return task ? { weakened: task.weakened, former: task.former, until: task.until } : null;
    },
    "Register-RestoreTask": ({ Value, Weakened, Former, Until }) => {
      if (find(Value)) throw new Error(`There is a task that restores ${Value} already.`);
      machine.state.restoreTasks.push({ value: Value, weakened: Weakened, former: Former, until: Until });
      return null;
    },
    "Unregister-RestoreTask": ({ Value }) => {
      remove(machine, Value);
      return null;
    },
  };
}
