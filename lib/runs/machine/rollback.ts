import type { Evidence } from "../../core/evidence.ts";
import { plansOf } from "../../core/plan.ts";
import type { Problem } from "../../core/problem.ts";
import type { Outcome, Run, RunIn } from "../../core/run.ts";
import type { GuestReply } from "../../guest/protocol.ts";
import { cancelledUntouched } from "./cancel.ts";
import { type Events, ignoreEvent, type PhaseEvent } from "./events.ts";
import { failedBy, guestProblem, reasonOf } from "./guest-problem.ts";
import { combineEvidence, runChecks } from "./observe.ts";
import { type Awaited, awaitScript, mayHaveStarted } from "./script.ts";
import { keepProven, rollingEverythingBack } from "./tiers.ts";
import { endRun } from "./transitions.ts";
import { isInEffect, restoreLater } from "./weakening.ts";

/*
 * The phase in which the guest rolls changes back: for a requested undo, for a failed proof, or because a temporary
 * weakening has ended.
 */

type Ignored = Events<
  "cross-checked" | "azure-read" | "restart-accepted" | "access-requested" | "probed" | "time-passed" | "decide"
>;

export function rollingBack(run: RunIn<"rolling-back">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "departing":
    case "script-started":
    case "script-running":
    case "script-absent":
    case "script-finished":
    case "effect-failed":
      return afterScript(awaitScript(run, event, now), now);
    case "cancel":
      if (run.rollback.purpose !== "undo" || mayHaveStarted(run.script)) return run;
      return cancelledUntouched(run, event.by, now);
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

function afterScript(awaited: Awaited<RunIn<"rolling-back">>, now: Date): Run {
  const { run } = awaited;
  switch (awaited.kind) {
    case "goes-on":
      return run;
    case "replied":
      if (awaited.reply.status === "repeated" || awaited.reply.status === "expired") {
        return endUnknown(run, guestProblem(awaited.reply), now);
      }
      return rolledBack(run, awaited.reply, now);
    case "unknown":
      return endUnknown(run, awaited.problem, now);
    case "not-started":
      return notStarted(run, awaited.problem, now);
  }
}

/** It is not known whether the former state is restored. */
function endUnknown(run: RunIn<"rolling-back">, problem: Problem, now: Date): Run {
  if (run.weakening) return restoreLater(run, problem, now);
  const summary = `${problem.message} Diagnose the VM to see its state, then undo this run if it is worse.`;
  return endRun(run, now, { kind: "unknown", summary, problem });
}

function notStarted(run: RunIn<"rolling-back">, problem: Problem, now: Date): Run {
  if (run.weakening) return restoreLater(run, problem, now);
  const isLeft = run.rollback.purpose !== "undo" && problem.code !== "vm-replaced";
  const stands = isLeft ? " Changes were made: undo this run, or diagnose the VM." : "";
  return endRun(run, now, { ...failedBy(problem), summary: `${problem.message}${stands}` });
}

function rolledBack(run: RunIn<"rolling-back">, reply: GuestReply, now: Date): Run {
  const evidence = reply.evidence && combineEvidence(run.before.azure, reply.evidence, run.options, now);
  const findingsAfter = evidence ? runChecks(evidence, run.options.checks) : run.findingsAfter;
  const seen = { ...run, conflicts: reply.conflicts, after: evidence ?? run.after, findingsAfter };
  if (run.weakening) return afterRestore(seen, reply, seen.after, now);
  if (reply.status !== "done") {
    const problem = { ...guestProblem(reply), message: reasonOf(reply) };
    const summary =
      reply.status === "refused"
        ? `Nothing was rolled back: ${reasonOf(reply)}${withoutJournal(reply)}`
        : `The former state could not be restored: ${reasonOf(reply)} The journal stays on the VM; undo again, or look at it there.`;
    return endRun(seen, now, { kind: "failed", summary, problem });
  }
  if (run.rollback.purpose === "undo") {
    const summary = `The former state is back.${keptIn(reply)}`;
    return endRun({ ...seen, receipts: reply.receipts }, now, { kind: "undone", summary });
  }
  if (!run.proven) return endRun(seen, now, notRepaired(seen, reply));
  // Without evidence nothing shows that what was proven still holds.
  if (!evidence) return endRun(seen, now, failedBy(guestProblem(reply)));
  return keepProven(seen, run.proven, run.before, run.rollback.why, now, keptIn(reply));
}

/** A scale set reimages an instance, or gives its number to a new one; both have no journal of what was done before. */
function withoutJournal({ reason }: GuestReply): string {
  if (!/has no journal of the run/.test(reason ?? "")) return "";
  return " Where the VM was reimaged, replaced or restored from a backup since, nothing of that run is left in it. Otherwise its journal was deleted with age.";
}

/** The guest's task or another tool may have restored it first: it only matters that nothing is weakened any more. */
function afterRestore(run: RunIn<"rolling-back">, reply: GuestReply, after: Evidence | null, now: Date): Run {
  const inEffect = isInEffect(run, after);
  const problem = { ...guestProblem(reply), message: reasonOf(reply) };
  if (inEffect || (inEffect === null && reply.status !== "done")) return restoreLater(run, problem, now);
  if (!run.weakening?.proven) return endRun(run, now, notRepaired(run, reply));
  const byItself = reply.receipts.some(({ changed }) => changed) ? "" : " The VM had done so by itself.";
  const summary = `Weakened by ${idsOf(run)} from ${run.weakening.since} until ${now.toISOString()} at most; the former setting is restored.${byItself}${keptIn(reply)}`;
  return endRun(run, now, { kind: "undone", summary });
}

function notRepaired(run: RunIn<"rolling-back">, reply: GuestReply): Outcome {
  const proof = run.log.findLast(({ message }) => message.endsWith(rollingEverythingBack))?.message;
  const why = (proof ?? run.rollback.why).replace(rollingEverythingBack, "").trim();
  return {
    kind: "not-repaired",
    summary: `Tried ${idsOf(run)}. ${why} Everything was rolled back.${keptIn(reply)}${reasonsFor(run)}`,
  };
}

/** What led to the repair, so that the outcome can be judged without the findings. */
function reasonsFor(run: Run): string {
  const reasons = [...new Set(plansOf(run).flatMap(({ remediations }) => remediations.map(({ because }) => because)))];
  return reasons.length > 0 ? ` What led to it: ${reasons.join(" ")}` : "";
}

function idsOf(run: Run): string {
  return [...new Set(plansOf(run).flatMap(({ remediations }) => remediations.map(({ id }) => id)))].join(", ");
}

function keptIn({ conflicts }: GuestReply): string {
  if (conflicts.length === 0) return "";
  return ` Left alone because it was changed since: ${conflicts.join("; ")}. Force the undo to restore these too.`;
}
