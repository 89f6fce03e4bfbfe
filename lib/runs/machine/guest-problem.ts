import type { Problem } from "../../core/problem.ts";
import type { Outcome } from "../../core/run.ts";
import type { GuestReply } from "../../guest/protocol.ts";

const whats: Record<GuestReply["status"], string> = {
  done: "The guest script ended without evidence",
  refused: "The guest refused the plan and touched nothing",
  "rolled-back": "The guest rolled its changes back",
  failed: "The guest could not roll all its changes back",
  repeated: "The guest had seen this step before, so its answer was lost",
  expired: "The script reached the guest too late and did nothing",
};

/** What a reply that is not the one hoped for means. */
export function guestProblem(reply: GuestReply): Problem {
  const { status } = reply;
  const code = status === "refused" ? "guest-refused" : status === "expired" ? "script-timed-out" : "guest-failed";
  return { code, message: `${whats[status]}: ${reasonOf(reply)}`, retryable: false };
}

/** Why the guest did not do what it was asked: a sentence, whether or not the guest ended it as one. */
export function reasonOf({ reason }: GuestReply): string {
  return `${(reason ?? "no reason given").replace(/[.\s]+$/, "")}.`;
}

export function failedBy(problem: Problem): Outcome {
  return { kind: "failed", summary: problem.message, problem };
}
