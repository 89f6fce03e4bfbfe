import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** The verdict of a check, without its name, which the registry adds. */
export type CheckResult = Omit<Finding, "check" | "evidence" | "restoredBy"> &
  Partial<Pick<Finding, "evidence" | "restoredBy">>;

/**
 * One assertion that holds for a healthy VM. `id` is the file's name and reads as that assertion. `title` is shown to
 * people. `run` is pure and total: a missing section gives `unknown`, never an exception.
 */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** `false` when the check reads only Azure's evidence: a run with only such checks needs no script in the VM. */
  readonly needsGuest?: false;
  run(evidence: Evidence): CheckResult;
}

export function healthy(because: string, evidence: Finding["evidence"] = {}): CheckResult {
  return { verdict: "healthy", because, evidence };
}

/** A fault, with the remediations that would restore it, least invasive first. */
export function faulty(because: string, restoredBy: string[], evidence: Finding["evidence"] = {}): CheckResult {
  return { verdict: "faulty", because, restoredBy, evidence };
}

/** A deviation without proven harm; the sentence says what to know about it. */
export function noted(because: string, evidence: Finding["evidence"] = {}): CheckResult {
  return { verdict: "noted", because, evidence };
}

export function unknown(because: string): CheckResult {
  return { verdict: "unknown", because };
}

export function notApplicable(because: string): CheckResult {
  return { verdict: "not-applicable", because };
}
