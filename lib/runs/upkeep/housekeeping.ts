import { forgetOldRuns, type RetentionOptions } from "./retention.ts";
import { type SweepOptions, sweepLeftovers } from "./sweep.ts";

export interface HousekeepingOptions extends Pick<SweepOptions, "sweeper" | "channel"> {
  readonly engine: { resume(): Promise<void> };
  readonly store: SweepOptions["store"] & RetentionOptions["store"];
  readonly keepRunsDays: number;
  readonly now: () => Date;
}

/** What has to be done now and then, by the timer of the Functions app or while `serve` serves. What fails is found again. */
export async function keepHouse(options: HousekeepingOptions): Promise<void> {
  await options.engine.resume();
  await sweepLeftovers(options);
  await forgetOldRuns(options);
}
