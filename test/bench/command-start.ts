import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { buildCli } from "../../scripts/build-cli.ts";
import { storedRun } from "../fixtures/stored-run.ts";
import { type Benchmark, measureTime, median } from "./benchmark.ts";

const rounds = 15;
const storedRuns = 10_000;

/**
 * The time of a whole process that shows the help, and of one that lists the newest of 10,000 runs, from the bundle, as
 * the installed program does: with the cache of compiled code. The reference is `node -e 0`, in turn with them.
 */
export const commandStart: Benchmark = {
  names: ["cli.help-ms", "cli.runs-ms"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "command-start-"));
    try {
      await buildCli(join(folder, "cli"));
      const database = join(folder, "runs.sqlite");
      await storeRuns(database);
      const env = { RDP_REMEDIATION_DATABASE: database, NODE_COMPILE_CACHE: join(folder, "compiled") };
      const entry = join(folder, "cli/main.mjs");
      const times: Record<"nothing" | "help" | "runs", number>[] = [];
      for (let round = 0; round <= rounds; round++) {
        times.push({
          nothing: await timeOf(["-e", "0"], env),
          help: await timeOf([entry, "--help"], env),
          runs: await timeOf([entry, "runs"], env),
        });
      }
      // The first round fills the cache.
      const of = (name: keyof (typeof times)[number]) => median(times.slice(1).map((time) => time[name]));
      return [
        measureTime("cli.help-ms", of("help"), "ms", "at most 150 ms on a quiet machine", of("nothing")),
        measureTime("cli.runs-ms", of("runs"), "ms", `at most 250 ms, with ${storedRuns} runs`, of("nothing")),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function storeRuns(database: string): Promise<void> {
  const store = openSqliteStore(database);
  for (let number = 1; number <= storedRuns; number++) await store.create(storedRun(number));
  store.close();
}

async function timeOf(args: string[], env: Record<string, string>): Promise<number> {
  const began = performance.now();
  await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  return performance.now() - began;
}
