import { pollIntervalMs } from "../../lib/runs/timing.ts";
import { type Benchmark, measureTime } from "./benchmark.ts";

const scriptMs = 30_000;

/**
 * The delay between the end of a 30 s script and the poll that notices it, averaged over ends spread evenly around 30 s.
 * It is calculated from the polling schedule. `test/runs/timing.test.ts` verifies that the schedule stays under Azure's
 * limits.
 */
export const pollOverhead: Benchmark = {
  names: ["poll.overhead"],
  async run() {
    const lags: number[] = [];
    for (let end = scriptMs - 2_000; end <= scriptMs + 2_000; end += 10) {
      let at = 0;
      while (at < end) at += pollIntervalMs(at);
      lags.push(at - end);
    }
    const mean = lags.reduce((sum, lag) => sum + lag, 0) / lags.length;
    return [measureTime("poll.overhead", mean / 1000, "s", "at most 0.10 of a 30 s script", scriptMs / 1000)];
  },
};
