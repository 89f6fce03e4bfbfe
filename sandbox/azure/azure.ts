import type { Guest } from "../guest/guest.ts";
import type { SandboxClock } from "../time/clock.ts";
import type { World } from "../world.ts";
import type { Budget } from "./budget.ts";
import type { Machine } from "./machine.ts";
import type { NetworkResources } from "./network/network-resources.ts";
import type { Operations } from "./operations.ts";
import type { ReceivedAlerts } from "./received-alerts.ts";

/** One guest script that was carried out, or begun. */
export interface ScriptRun {
  readonly vm: string;
  /** Of a managed Run Command its name; `null` for an action Run Command, which has none. */
  readonly name: string | null;
  readonly script: string;
  /** What the script says of itself; `null` when it is not one of this product's. */
  readonly runId: string | null;
  readonly step: string | null;
  readonly at: string;
  /** All that it printed, before Azure cut it; empty until it has ended. */
  readonly stdout: string;
}

/** Everything that a handler may look at or change: the simulated Azure itself. */
export interface Azure {
  readonly world: World;
  readonly origin: string;
  readonly tenantId: string;
  readonly machines: readonly Machine[];
  readonly network: NetworkResources;
  readonly operations: Operations;
  readonly budget: Budget;
  readonly guest: Guest;
  readonly scriptRuns: ScriptRun[];
  readonly alerts: ReceivedAlerts;
  /** Aborted when the sandbox closes: whatever waits gives up. */
  readonly closing: AbortSignal;
  readonly clock: SandboxClock;
  now(): Date;
  log(line: string): void;
}
