import type { Problem } from "../../core/problem.ts";
import type { Outcome } from "../../core/run.ts";
import type { GuestReply } from "../../guest/protocol.ts";

const whats: Record<GuestReply["status"], string> = {
  done: "The guest script ended without evidence",
  refused: "The guest refused the plan and touched nothing",
  "journal-unusable": "The guest cannot keep a journal and touched nothing",
  "rolled-back": "The guest rolled its changes back",
  failed: "The guest could not roll all its changes back",
  repeated: "The guest had seen this step before, so its answer was lost",
  expired: "The script reached the guest too late and did nothing",
};

const codes: Partial<Record<GuestReply["status"], Problem["code"]>> = {
  refused: "guest-refused",
  "journal-unusable": "journal-unusable",
  expired: "script-timed-out",
};

/** The problem that an unsuccessful reply stands for. */
export function guestProblem(reply: GuestReply): Problem {
  const { status } = reply;
  return { code: codes[status] ?? "guest-failed", message: `${whats[status]}: ${reasonOf(reply)}`, retryable: false };
}

/** The guest's reason for not doing its task, as a sentence that ends with a full stop. */
export function reasonOf({ reason }: GuestReply): string {
  return `${(reason ?? "no reason given").replace(/[.\s]+$/, "")}.`;
}

export function failedBy(problem: Problem): Outcome {
  return { kind: "failed", summary: problem.message, problem };
}
