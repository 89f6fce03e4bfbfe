import { fail, type Problem } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { type AccessAction, type AccessRules, alertsPrincipal, mayDo } from "./access-rules.ts";

/**
 * Why this run must not start its next script; `null` when it may. The rules are those of now, and the VM's tags those that
 * the run has read. What a run has changed it may always prove and roll back. Runs of the terminal are their user's own,
 * and those of the schedule only look, where the service's settings say.
 */
export function refuseRun(rules: AccessRules, run: Run): Problem | null {
  const { trigger, vm, before, receipts, rollback } = run;
  const isOwnRollback = rollback !== null && rollback.purpose !== "undo";
  if (isOwn(run) || receipts.length > 0 || isOwnRollback) return null;
  const action = actionOf(run);
  if (mayDo(rules, principalsOfRun(run), action, vm, before?.azure.vm.tags ?? {}) === "allowed") return null;
  const who = trigger.kind === "alert" ? "Alerts" : trigger.by;
  return fail(
    "access-denied",
    `${who} may not ${wordsOf[action]} VM ${vm.name}: no access rule allows it. Nothing was changed. Ask the owner of the access rules.`,
  ).problem;
}

function isOwn({ trigger: { kind }, intent }: Run): boolean {
  return kind === "terminal" || (kind === "schedule" && intent === "diagnose");
}

/** The principals of a run: those that it kept, or the requester alone in runs that an older version has stored. */
function principalsOfRun({ trigger: { kind, objectId, principals } }: Run): readonly string[] {
  if (kind === "alert") return [alertsPrincipal];
  return principals ?? (objectId === undefined ? [] : [`objectId:${objectId}`]);
}

function actionOf({ state, plan }: Run): AccessAction {
  if (state === "collecting") return "diagnose";
  if (state === "planned") return "open-network";
  return plan?.risk === "weakens-security" ? "weaken" : "repair";
}

/** For sentences: "... may not <words> VM app-01". */
export const wordsOf: Record<AccessAction, string> = {
  read: "read about",
  diagnose: "diagnose",
  repair: "repair",
  weaken: "weaken a setting of",
  "open-network": "open the network to",
  approve: "approve changes of",
};
