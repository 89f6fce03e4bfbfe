import { resolve } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import type { Run } from "../../lib/core/run.ts";
import { htmlReport } from "../../lib/report/html.ts";
import { markdownReport } from "../../lib/report/markdown.ts";
import { findUndo } from "../../lib/runs/intake/find-undo.ts";
import { readStoredRun } from "../../lib/runs/read-stored-run.ts";
import { findRunId } from "../find-run.ts";
import { withHistory } from "../history.ts";
import { placeOf } from "../place.ts";
import { createLayout } from "../render/layout.ts";
import type { CommandPlace } from "../render/next-steps.ts";
import { type Report, reportRun } from "../report.ts";
import type { Request } from "../request.ts";
import { writeNewFile } from "../write-new-file.ts";

/** Shows one run, or writes it to a file. The exit code is 0 whatever the outcome of the run. */
export async function show(request: Request): Promise<Result<Report>> {
  const { format, json, out } = request.options;
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  if (json && format !== "text" && format !== "json") {
    return fail("invalid-input", `--json and --format ${format} contradict each other. Give one of them.`);
  }
  return withHistory(request, async (store) => {
    const stored = await readStoredRun(store, runId.value);
    if (!stored.ok) return stored;
    const place = placeOf(request);
    const undoneBy = await findUndo(store, stored.value.run);
    const report = { ...reportRun(stored.value.run, place, undoneBy), exitCode: 0 as const };
    const text = textOf(stored.value.run, report, json ? "json" : format, place);
    if (out === undefined) return ok(text === null ? report : { ...report, text: () => text.trimEnd().split("\n") });
    const path = resolve(out);
    const plain = createLayout({ columns: undefined, colour: false });
    const written = writeNewFile(path, text ?? `${report.text(plain).join("\n")}\n`);
    return written.ok ? ok({ data: { path }, text: () => [`Wrote ${path}.`], exitCode: 0 as const }) : written;
  });
}

/** The run in a format of its own; `null` for that of a terminal. */
function textOf(run: Run, { data }: Report, format: Request["options"]["format"], place: CommandPlace): string | null {
  switch (format) {
    case "text":
      return null;
    case "markdown":
      return markdownReport(run);
    case "html":
      return htmlReport(run, { simulated: place.keptOpen?.world });
    case "json":
      return `${JSON.stringify(data, null, 2)}\n`;
  }
}
