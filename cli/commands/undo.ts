import type { Result } from "../../lib/core/problem.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import { findRunId } from "../find-run.ts";
import { cleanText } from "../render/clean.ts";
import { type CommandPlace, flagsOf } from "../render/next-steps.ts";
import { renderTime } from "../render/time.ts";
import { wrapText } from "../render/wrap.ts";
import { type Report, reportRun } from "../report.ts";
import type { Request } from "../request.ts";
import { workInSession } from "../session.ts";

/** Undoes a run by a new run. For a run that is undone already, starts nothing and names the run that has undone it. */
export async function undo(request: Request): Promise<Result<Report>> {
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  let isEarlier = false;
  return workInSession(
    request,
    async ({ undo: undoRun, settle }) => {
      const begun = await undoRun(runId.value, { force: request.options.force });
      if (!begun.ok) return begun;
      isEarlier = begun.value.state === "ended" && begun.value.options.undoes === runId.value;
      return isEarlier ? begun : settle(begun.value.id);
    },
    (run, place) => (isEarlier ? reportAlreadyUndone(run, place) : reportRun(run, place)),
  );
}

function reportAlreadyUndone(run: RunView, place: CommandPlace): Report {
  const { id, options, lastUpdatedDateTime, conflicts } = run;
  const kept =
    conflicts.length > 0
      ? ` It left alone what was changed since: ${conflicts.join("; ")}. Restore these too: ${place.program} undo ${options.undoes} --force${flagsOf(place)}.`
      : "";
  const text = `Already undone by run ${id} on ${renderTime(lastUpdatedDateTime)}. Nothing was changed now.${kept}`;
  return { ...reportRun(run, place), text: ({ width }) => wrapText(cleanText(text), width) };
}
