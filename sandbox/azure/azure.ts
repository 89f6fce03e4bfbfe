import type { Guest } from "../guest/guest.ts";
import type { SandboxClock } from "../time/clock.ts";
import type { World } from "../world.ts";
import type { Budget } from "./budget.ts";
import type { Machine } from "./machine.ts";
import type { NetworkResources } from "./network/network-resources.ts";
import type { Operations } from "./operations.ts";
import type { ReceivedAlerts } from "./received-alerts.ts";
import type { Quota } from "./resource-graph/quota.ts";

/** One guest script that was started, and perhaps has ended. */
export interface ScriptRun {
  readonly vm: string;
  /** The name of the managed Run Command; `null` for an action Run Command, which has none. */
  readonly name: string | null;
  readonly script: string;
  /** The run id in the script's request; `null` when it is not a script of this product. */
  readonly runId: string | null;
  readonly step: string | null;
  readonly at: string;
  /** The whole output, before Azure truncates it; empty until the script has ended. */
  readonly stdout: string;
  /** Its Run Command was deleted or replaced while it was running, which ends the script. */
  readonly interrupted: boolean;
}

/** The state of the simulated Azure, which handlers read and change. */
export interface Azure {
  readonly world: World;
  readonly origin: string;
  readonly tenantId: string;
  /** Without those that were scaled in. */
  readonly machines: Machine[];
  /** The roles of the service's identity, each at its scope. */
  readonly assignments: readonly { readonly role: string; readonly scope: string; readonly principalId: string }[];
  readonly network: NetworkResources;
  readonly operations: Operations;
  readonly budget: Budget;
  readonly resourceGraphQuota: Quota;
  readonly guest: Guest;
  readonly scriptRuns: ScriptRun[];
  readonly alerts: ReceivedAlerts;
  /** Aborts when the sandbox closes, so that all waits end. */
  readonly closing: AbortSignal;
  readonly clock: SandboxClock;
  now(): Date;
  log(line: string): void;
}
