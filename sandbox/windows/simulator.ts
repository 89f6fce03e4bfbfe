import type { WindowsAdapter } from "./adapter.ts";
import {
  type AdapterFunction,
  adapterFunctionNames,
  adapterFunctions,
  isAdapterFunction,
} from "./adapter-functions.ts";
import { credSspOf } from "./builds.ts";
import { certificateFunctions } from "./certificates.ts";
import { copyOf } from "./copy.ts";
import { eventFunctions } from "./events.ts";
import { fileFunctions, journalFunctions } from "./files.ts";
import { firewallFunctions } from "./firewall.ts";
import { guestNetworkFunctions } from "./guest-network.ts";
import { handshakeFunctions } from "./handshake.ts";
import { listenerFunctions } from "./listener.ts";
import { logOnFunctions } from "./log-on.ts";
import type { Machine } from "./machine.ts";
import { rebootWindows, startDueServices } from "./reboot.ts";
import { listEmptyKeys, registryFunctions } from "./registry.ts";
import { restoreTaskFunctions, runDueTasks } from "./restore-tasks.ts";
import { schannelFunctions } from "./schannel.ts";
import { blameLibraryForHang } from "./service-start.ts";
import { serviceFunctions } from "./services.ts";
import { resolveTimes, WindowsState } from "./state.ts";
import { supportingServiceFunctions } from "./supporting-services.ts";

/** One script that runs in the simulated Windows. It keeps its locks until it ends. */
export interface WindowsProcess {
  readonly adapter: WindowsAdapter;
  /** One function of the adapter by its name. Throws for an unknown name or parameter. */
  call(name: string, parameters: Record<string, unknown>): unknown;
  end(): void;
}

/** A running simulated Windows: what scripts see of it, and what a test or a sandbox does to it from outside. */
export interface WindowsSimulator {
  /** The present state, with absolute times; scheduled tasks that are due have run. */
  readonly state: WindowsState;
  startProcess(): WindowsProcess;
  /** A restart of the VM. */
  reboot(): void;
  /** The `nth` call of this function from now on, counted from 1, throws and does nothing. */
  failOn(name: AdapterFunction, nth: number): void;
  /** Called before each call; what it throws is thrown instead of the call. */
  onCall: (name: AdapterFunction, parameters: object) => void;
}

/** Starts a Windows in this state. Relative times are resolved now. The given state is not changed. */
export function simulateWindows(state: WindowsState, { now = () => new Date() } = {}): WindowsSimulator {
  const machine: Machine = {
    state: resolveTimes(WindowsState.parse(state), now()),
    now: () => new Date(now().getTime() + machine.state.clockAheadSeconds * 1000),
  };
  listEmptyKeys(machine.state);
  blameLibraryForHang(machine);
  const shared = machineFunctions(machine);
  const locks = new Map<string, WindowsProcess>();
  const failures = new Map<AdapterFunction, number>();

  function startProcess(): WindowsProcess {
    let waited = 0;
    const functions: WindowsAdapter = {
      ...shared,
      "Get-UtcNow": () => new Date(machine.now().getTime() + waited).toISOString(),
      // Time passes only for the script that waits: nothing else here takes time.
      "Wait-Seconds": ({ Seconds }) => {
        waited += Seconds * 1000;
        return null;
      },
      "Lock-JournalFolder": ({ Path }) => {
        const holder = locks.get(Path) ?? process;
        locks.set(Path, holder);
        return holder === process;
      },
    };
    const process: WindowsProcess = {
      adapter: Object.fromEntries(
        adapterFunctionNames.map((name) => [name, (parameters = {}) => process.call(name, parameters)]),
      ) as unknown as WindowsAdapter,
      call: (name, parameters) => {
        demandParameters(name, Object.keys(parameters));
        runDueTasks(machine);
        startDueServices(machine);
        simulator.onCall(name, parameters);
        const left = failures.get(name) ?? 0;
        failures.set(name, left - 1);
        if (left === 1) throw new Error(`${name} failed, as it was told to.`);
        // A copy, as over a network: no caller gets a reference to the state.
        return copyOf((functions[name] as (p: object) => unknown)(parameters));
      },
      end: () => {
        for (const [path, holder] of locks) if (holder === process) locks.delete(path);
      },
    };
    return process;
  }

  const simulator: WindowsSimulator = {
    get state() {
      runDueTasks(machine);
      startDueServices(machine);
      return machine.state;
    },
    startProcess,
    reboot: () => {
      machine.state = rebootWindows(machine.state, machine.now);
      runDueTasks(machine);
    },
    failOn: (name, nth) => {
      failures.set(name, nth);
    },
    onCall: () => {},
  };
  return simulator;
}

function demandParameters(name: string, given: string[]): asserts name is AdapterFunction {
  if (!isAdapterFunction(name)) throw new Error(`Windows has no function ${name}.`);
  const known: readonly string[] = adapterFunctions[name].parameters;
  if (given.length !== known.length || !given.every((one) => known.includes(one))) {
    throw new Error(`${name} takes ${known.join(", ") || "nothing"}, not ${given.join(", ") || "nothing"}.`);
  }
}

/** An image of an old build is up to date where its world says nothing else. */
function systemFacts(system: Machine["state"]["system"]): Machine["state"]["system"] {
  const credSsp = system.credSsp ?? credSspOf(system.build);
  return credSsp ? { ...system, credSsp } : system;
}

type ProcessFunction = "Get-UtcNow" | "Wait-Seconds" | "Lock-JournalFolder";

function machineFunctions(machine: Machine): Omit<WindowsAdapter, ProcessFunction> {
  return {
    "Get-WindowsSystem": () => systemFacts(machine.state.system),
    "Get-MachineGuid": () => machine.state.system.machineGuid,
    ...serviceFunctions(machine),
    ...registryFunctions(machine),
    ...listenerFunctions(machine),
    ...certificateFunctions(machine),
    ...fileFunctions(machine),
    ...schannelFunctions(machine),
    ...firewallFunctions(machine),
    ...eventFunctions(machine),
    ...logOnFunctions(machine),
    ...handshakeFunctions(machine),
    ...journalFunctions(machine),
    ...restoreTaskFunctions(machine),
    ...supportingServiceFunctions(machine),
    ...guestNetworkFunctions(machine),
  };
}
