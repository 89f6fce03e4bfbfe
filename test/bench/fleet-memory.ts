import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Benchmark, measureTime, median } from "./benchmark.ts";

const program = fileURLToPath(new URL("./fleet-memory-process.ts", import.meta.url));
const rounds = 3;

/** The most memory of a process that works through an operation over 10,000 VMs, beside that over 1,000. */
export const fleetMemory: Benchmark = {
  names: ["fleet.rss-10000-vs-1000"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    try {
      const megabytesOf = (vms: number) =>
        median(
          Array.from({ length: rounds }, (_, round) => {
            const args = [program, String(vms), join(folder, `${vms}-${round}.sqlite`)];
            return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
          }),
        );
      const thousand = megabytesOf(1000);
      const what = "flat: at most 1.2; the operation alone, its runs are stubs";
      return [measureTime("fleet.rss-10000-vs-1000", megabytesOf(10_000), "MB", what, thousand)];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
