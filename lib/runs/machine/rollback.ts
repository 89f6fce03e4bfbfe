import type { Evidence } from "../../core/evidence.ts";
import { fail } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import type { GuestReply } from "../../guest/protocol.ts";
import { examine } from "./diagnosis.ts";
import { end } from "./transitions.ts";
import { isInEffect, restoreLater } from "./weakening.ts";

/*
 * The end of an undo that was asked for, of a rollback that the proof demanded, and of a weakening whose time is over.
 */

/** Why the guest did not do what it was asked: a sentence, whether or not the guest ended it as one. */
export function reasonOf({ reason }: GuestReply): string {
  return `${(reason ?? "no reason given").replace(/[.\s]+$/, "")}.`;
}

export function afterUndo(run: Run, reply: GuestReply, evidence: Evidence | null, now: Date): Run {
  const findingsAfter = evidence ? examine(evidence, run.options.checks) : run.findingsAfter;
  const reported = { ...run, conflicts: reply.conflicts, after: evidence ?? run.after, findingsAfter };
  if (run.weakening) return afterRestore(reported, reply, now);
  if (reply.status !== "done") {
    const problem = problemOf(reply);
    return end(reported, now, {
      kind: "failed",
      summary: `The former state could not be restored: ${problem.message} The journal stays on the VM; undo again, or look at it there.`,
      problem,
    });
  }
  if (run.intent === "undo") {
    return end({ ...reported, receipts: reply.receipts }, now, {
      kind: "undone",
      summary: `The former state is back.${keptIn(reply)}`,
    });
  }
  return end(reported, now, notRepaired(reported, reply));
}

/** Whether the guest was first, or somebody else: what counts is that nothing is relaxed any more. */
function afterRestore(run: Run, reply: GuestReply, now: Date): Run {
  const inEffect = isInEffect(run, run.after);
  if (inEffect || (inEffect === null && reply.status !== "done")) return restoreLater(run, problemOf(reply), now);
  if (!run.weakening?.proven) return end(run, now, notRepaired(run, reply));
  const titles = run.plan?.remediations.map(({ id }) => id).join(", ");
  const byItself = reply.receipts.some(({ changed }) => changed) ? "" : " The VM had done so by itself.";
  return end(run, now, {
    kind: "undone",
    summary: `Relaxed by ${titles} from ${run.weakening.since} until ${now.toISOString()} at most; the former setting is restored.${byItself}${keptIn(reply)}`,
  });
}

function notRepaired(run: Run, reply: GuestReply) {
  const tried = run.plan?.remediations.map((remediation) => remediation.id).join(", ");
  const why = run.log.findLast(({ state }) => state === "rolling-back")?.message ?? "The checks did not confirm it.";
  return {
    kind: "not-repaired" as const,
    summary: `Tried ${tried}. ${why.replace(" Taking everything back.", "")} Everything was taken back.${keptIn(reply)}`,
  };
}

function keptIn({ conflicts }: GuestReply): string {
  if (conflicts.length === 0) return "";
  return ` Left alone because somebody changed it since: ${conflicts.join("; ")}. Force the undo to restore these too.`;
}

function problemOf(reply: GuestReply) {
  return fail(reply.status === "refused" ? "guest-refused" : "guest-failed", reasonOf(reply)).problem;
}
