import { type SweepOptions, sweepLeftovers } from "./clean-up-run-commands.ts";
import { forgetOldRuns, type RetentionOptions } from "./retention.ts";

export interface MaintenanceOptions extends Pick<SweepOptions, "runCommands" | "channel"> {
  readonly engine: { resume(): Promise<void> };
  readonly store: SweepOptions["store"] & RetentionOptions["store"];
  readonly keepRunsDays: number;
  readonly now: () => Date;
  readonly purge?: RetentionOptions["purge"];
  /** The parts of others, e.g. of the operations over many VMs. */
  readonly others?: readonly (() => Promise<void>)[];
}

/**
 * Periodic work, by the timer of the Functions app or while `serve` runs. A part that fails does not prevent the other
 * parts. @throws the first failure, after all parts; the next time retries what failed.
 */
export async function runMaintenance(options: MaintenanceOptions): Promise<void> {
  const { engine, others = [] } = options;
  const parts = [() => engine.resume(), () => sweepLeftovers(options), () => forgetOldRuns(options), ...others];
  const failures: unknown[] = [];
  for (const part of parts) await part().catch((failure: unknown) => failures.push(failure));
  if (failures.length > 0) throw failures[0];
}
