import type { Run } from "../../core/run.ts";
import { planUndo } from "../planning/undo-plan.ts";
import { apply } from "./machine.ts";

/** What can be requested of a run; the names are those of the routes below `/api/runs/{id}`. */
export const runRequests = ["decision", "cancel", "undo"] as const;
export type RunRequestName = (typeof runRequests)[number];

/** The requests that this run would accept in its present state. Entry points offer these and no others. */
export function acceptedRequests(run: Run): RunRequestName[] {
  return runRequests.filter((name) => accepts(run, name));
}

function accepts(run: Run, name: RunRequestName): boolean {
  switch (name) {
    case "decision":
      return run.state === "awaiting-approval";
    case "cancel":
      return run.state !== "ended" && apply(run, { kind: "cancel", by: "" }, new Date(run.updatedAt)) !== run;
    case "undo":
      return run.state === "ended" ? planUndo(run) !== null : run.state === "weakened";
  }
}
