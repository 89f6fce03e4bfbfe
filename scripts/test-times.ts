import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeTimes, TimedReport } from "./timed-report.ts";

/**
 * `npm run test:times [-- FILTER...]` runs the tests and prints scenarios and seconds by suite, and the 20 slowest files.
 * `npm run test:times -- --report FILE` reads a JSON report of vitest instead.
 */
const root = fileURLToPath(new URL("../", import.meta.url));
const options = process.argv.slice(2);

function read(path: string): TimedReport {
  return TimedReport.parse(JSON.parse(readFileSync(path, "utf8")));
}

if (options[0] === "--report") {
  for (const line of describeTimes(read(options[1] ?? ""), root, null)) console.log(line);
} else {
  const folder = mkdtempSync(join(tmpdir(), "test-times-"));
  const report = join(folder, "report.json");
  const began = performance.now();
  const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [vitest, "run", ...reporters, ...options], {
    cwd: root,
    stdio: "inherit",
  });
  const seconds = (performance.now() - began) / 1000;
  try {
    for (const line of describeTimes(read(report), root, seconds)) console.log(line);
  } finally {
    rmSync(folder, { recursive: true });
  }
  process.exitCode = status ?? 1;
}
