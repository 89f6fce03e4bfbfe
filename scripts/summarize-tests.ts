import { readFileSync } from "node:fs";
import { readTestReport, summarize } from "./test-summary.ts";

/**
 * `node scripts/summarize-tests.ts REPORT STATUS [--tools]`: closes a run of the tests with one line, "N passed, N
 * failed[, N skipped]", from vitest's JSON report and exit code. With --tools no test may be skipped that a tool would
 * let run.
 */
const [path = "", status, tools] = process.argv.slice(2);
const report = readTestReport(readFileSync(path, "utf8"));
const { lines, exitCode } = summarize(report, Number(status), tools === "--tools");
for (const line of lines) console.log(line);
process.exitCode = exitCode;
