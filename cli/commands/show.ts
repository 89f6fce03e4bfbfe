import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { findRunId } from "../find-run.ts";
import { openHistory } from "../open-history.ts";
import { placeOf } from "../place.ts";
import { createLayout } from "../render/layout.ts";
import type { CommandPlace } from "../render/next-steps.ts";
import { type Report, reportRun } from "../report.ts";
import type { Request } from "../request.ts";
import type { History } from "../runs-port.ts";
import { writeNewFile } from "../write-new-file.ts";

/** Shows one run, or writes it to a file. The exit code is 0 whatever the outcome of the run. */
export async function show(request: Request): Promise<Result<Report>> {
  const { format, json, out } = request.options;
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  if (json && format !== "text" && format !== "json") {
    return fail("invalid-input", `--json and --format ${format} contradict each other. Give one of them.`);
  }
  const history = await openHistory(request);
  if (!history.ok) return history;
  const wanted = json ? "json" : format;
  const place = placeOf(request);
  const report = await reportAs(history.value, runId.value, wanted, place);
  if (!report.ok || out === undefined) return report;
  const path = resolve(out);
  const plain = createLayout({ columns: undefined, colour: false });
  const content = wanted === "json" ? JSON.stringify(report.value.data, null, 2) : report.value.text(plain).join("\n");
  const written = writeNewFile(path, `${content}\n`);
  return written.ok ? ok({ data: { path }, text: () => [`Wrote ${path}.`], exitCode: 0 as const }) : written;
}

/** The run in one of the formats. */
async function reportAs(
  history: History,
  runId: string,
  format: Request["options"]["format"],
  place: CommandPlace,
): Promise<Result<Report>> {
  if (format === "markdown" || format === "html") {
    const report = await history.report(runId, format, place.keptOpen?.world);
    if (!report.ok) return report;
    return ok({ data: report.value, text: () => report.value.trimEnd().split("\n"), exitCode: 0 });
  }
  const run = await history.get(runId);
  if (!run.ok) return run;
  const report: Report = { ...reportRun(run.value, place), exitCode: 0 };
  return ok(format === "text" ? report : { ...report, text: () => JSON.stringify(report.data, null, 2).split("\n") });
}
