import type { Outcome, Run } from "../../core/run.ts";
import type { RunEvent } from "../effects.ts";
import { beginToApply } from "./applying.ts";
import { isApproved } from "./approval.ts";
import { end, finishScript } from "./transitions.ts";
import { restoreEarly } from "./weakening.ts";

/*
 * What people say to a run, and what their silence says.
 */

export function decisionOverdue(run: Run, now: Date): Run {
  if (run.state !== "awaiting-approval" || !run.decideBy || Date.parse(run.decideBy) > now.getTime()) return run;
  return end(run, now, { kind: "cancelled", summary: "Nobody decided in time. Nothing was changed." });
}

export function decided(run: Run, event: Extract<RunEvent, { kind: "decide" }>, now: Date): Run {
  if (run.state !== "awaiting-approval" || !run.plan || event.planHash !== run.plan.hash) return run;
  const decision = {
    approved: event.approved,
    by: event.by,
    at: now.toISOString(),
    planHash: event.planHash,
    ...(event.reason === undefined ? {} : { reason: event.reason }),
  };
  if (!event.approved) {
    return end({ ...run, decision }, now, {
      kind: "cancelled",
      summary: `${event.by} rejected the plan${event.reason ? `: ${event.reason}` : ""}. Nothing was changed.`,
    });
  }
  if (!isApproved({ ...run, decision }, run.plan)) return end(run, now, strangePlan);
  return beginToApply({ ...run, decision, decideBy: null }, `${event.by} approved the plan.`, now);
}

const strangePlan: Outcome = {
  kind: "failed",
  summary: "The stored plan is not the one of its hash. Nothing was changed. Look at who can write to the store.",
  problem: { code: "internal", message: "The changes of the plan do not have its hash.", retryable: false },
};

/** Until the first change, a run can be called off; after that it ends by itself and can be undone. What is relaxed is restored. */
export function cancelled(run: Run, by: string, now: Date): Run {
  if (run.state === "weakened") return restoreEarly(run, by, now);
  const reversible = ["queued", "preflight", "collecting", "awaiting-approval"].includes(run.state);
  if (!reversible || run.receipts.length > 0) return run;
  return end(finishScript(run), now, {
    kind: "cancelled",
    summary: `${by} cancelled the run. Nothing was changed.`,
  });
}
