import type { Run } from "../core/run.ts";
import type { RunEvent } from "./effects.ts";
import { end, enter, spendScript, startScript } from "./transitions.ts";

/*
 * What people say to a run, and what their silence says.
 */

export function decisionOverdue(run: Run, now: Date): Run {
  if (run.state !== "awaiting-approval" || !run.decideBy || Date.parse(run.decideBy) > now.getTime()) return run;
  return end(run, now, { kind: "cancelled", summary: "Nobody decided in time. Nothing was changed." });
}

export function decided(run: Run, event: Extract<RunEvent, { kind: "decide" }>, now: Date): Run {
  if (run.state !== "awaiting-approval") return run;
  const decision = {
    approved: event.approved,
    by: event.by,
    at: now.toISOString(),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
  };
  if (!event.approved) {
    return end({ ...run, decision }, now, {
      kind: "cancelled",
      summary: `${event.by} rejected the plan${event.reason ? `: ${event.reason}` : ""}. Nothing was changed.`,
    });
  }
  return startScript(enter({ ...run, decision }, "applying", `${event.by} approved the plan.`, now), "apply", now);
}

/** Until the first change, a run can be called off; after that it ends by itself and can be undone. */
export function cancelled(run: Run, by: string, now: Date): Run {
  const reversible = ["queued", "preflight", "collecting", "awaiting-approval"].includes(run.state);
  if (!reversible || run.receipts.length > 0) return run;
  return end(spendScript(run), now, {
    kind: "cancelled",
    summary: `${by} cancelled the run. Nothing was changed.`,
  });
}
