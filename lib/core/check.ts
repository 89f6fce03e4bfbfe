import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** The verdict of a check without the name that the registry already knows. */
export type CheckResult = Omit<Finding, "check" | "evidence" | "restoredBy"> &
  Partial<Pick<Finding, "evidence" | "restoredBy">>;

/**
 * One healthy assertion about a VM. `id` is the file's name and reads as that assertion; `title` is what a person
 * sees; `run` is pure and total: a missing section is `unknown`, never a thrown error.
 */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** `false` when it looks at what Azure says alone: a run of such checks needs no script in the VM. */
  readonly needsGuest?: false;
  run(evidence: Evidence): CheckResult;
}

export function healthy(because: string, evidence: Finding["evidence"] = {}): CheckResult {
  return { verdict: "healthy", because, evidence };
}

/** A fault, with the remediations that would restore it, the least invasive first. */
export function faulty(because: string, restoredBy: string[], evidence: Finding["evidence"] = {}): CheckResult {
  return { verdict: "faulty", because, restoredBy, evidence };
}

/** What differs and does no proven harm; the sentence says what to know about it. */
export function noted(because: string, evidence: Finding["evidence"] = {}): CheckResult {
  return { verdict: "noted", because, evidence };
}

export function unknown(because: string): CheckResult {
  return { verdict: "unknown", because };
}

export function notApplicable(because: string): CheckResult {
  return { verdict: "not-applicable", because };
}
