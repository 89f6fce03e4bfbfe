import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { type Benchmark, measureTime, median } from "./benchmark.ts";

const loader = fileURLToPath(new URL("../functions/load-app.mjs", import.meta.url));
const source = fileURLToPath(new URL("../../functions/main.ts", import.meta.url));
const rounds = 9;

/**
 * The time from the start of a process to the last registered function, for the bundle and for the sources in turn; and
 * the size of the bundle.
 */
export const coldStart: Benchmark = {
  names: ["coldstart.bundled-vs-unbundled", "bundle.bytes"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "cold-start-"));
    try {
      const { sizes } = await buildFunctions(folder);
      const times: { bundled: number; unbundled: number }[] = [];
      for (let round = 0; round < rounds; round++) {
        times.push({ bundled: await loaded(join(folder, "main.mjs")), unbundled: await loaded(source) });
      }
      const bundled = median(times.map((time) => time.bundled));
      const unbundled = median(times.map((time) => time.unbundled));
      const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      const entry = sizes.get("main.mjs") ?? 0;
      return [
        measureTime("coldstart.bundled-vs-unbundled", bundled, "ms", "ratio at most 0.5", unbundled),
        measureTime("bundle.bytes", bytes, "bytes", `${entry} of them before the first request`),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function loaded(entry: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [loader, entry]);
  return JSON.parse(stdout).milliseconds;
}
