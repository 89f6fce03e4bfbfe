import type { Run } from "../core/run.ts";
import type { OperationStatus } from "../run-view/run-view.ts";
import { statusOf, summarizeRun } from "../run-view/summarize-run.ts";
import type { Viewer } from "../run-view/view-run.ts";
import type { OperationMonitor } from "./responses.ts";
import type { ApiDeps } from "./route.ts";

/** What callers over HTTP see of a run. */
export function callersView({ allowSelfApproval }: Pick<ApiDeps["settings"], "allowSelfApproval">): Viewer {
  return {
    whoMayDecide({ trigger }) {
      const others = trigger.objectId && !allowSelfApproval ? `, but not ${trigger.by}, who asked for it` : "";
      return `Anybody with the app role Rdp.Approve${others}`;
    },
    showsDetail: false,
  };
}

/** The status monitor of several runs. A run that does not exist yet counts as not started. */
export function presentOperation(id: string, runs: readonly (Run | null)[]): OperationMonitor {
  const statuses = runs.map((run) => (run ? statusOf(run) : "NotStarted"));
  const failed = statuses.filter((status) => status === "Failed").length;
  const status = wholeOf(statuses);
  return {
    id,
    status,
    runs: runs.flatMap((run) => (run ? [summarizeRun(run)] : [])),
    ...(status === "Failed" && {
      error: { code: "RunsFailed", message: `${failed} of ${runs.length} runs failed. Each run says why.` },
    }),
  };
}

function wholeOf(statuses: readonly OperationStatus[]): OperationStatus {
  if (statuses.every((status) => status === "NotStarted")) return "NotStarted";
  if (statuses.some((status) => status === "NotStarted" || status === "Running")) return "Running";
  if (statuses.includes("Failed")) return "Failed";
  return statuses.every((status) => status === "Canceled") ? "Canceled" : "Succeeded";
}

/** States in which a run waits for long. */
const patient: readonly Run["state"][] = ["awaiting-approval", "weakened"];

/** Seconds until the next poll; `null` when the run has ended. Longer while a person decides. */
export function retryAfterOf(runs: readonly (Run | null)[]): string | null {
  const open = runs.filter((run) => run?.state !== "ended");
  if (open.length === 0) return null;
  return open.every((run) => run && patient.includes(run.state)) ? "30" : "5";
}
