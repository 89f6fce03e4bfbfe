import { z } from "zod";
import type { Evidence } from "../core/evidence.ts";
import { isUnreadable, type Unreadable } from "../core/guest-evidence.ts";

/*
 * What will lock people out of a VM that lets them in today, unless somebody acts. It is read from the evidence of any
 * run, so nothing more is asked of the VM. What is broken already is a finding.
 */

export const lockoutKinds = [
  "certificate-ends",
  "chosen-certificate-ends",
  "restart-stops-rdp",
  "licence-grace-ends",
  "access-ends",
  "agent-too-old",
] as const;

/** When people are locked out: at a time (RFC 3339), at the next restart of Windows, or when a repair is needed. */
export const LockoutTime = z.discriminatedUnion("on", [
  z.strictObject({ on: z.literal("date"), at: z.iso.datetime() }),
  z.strictObject({ on: z.literal("restart") }),
  z.strictObject({ on: z.literal("repair") }),
]);
export type LockoutTime = z.infer<typeof LockoutTime>;

/** `because` is one English sentence that names the deciding fact; `cure` says what to do, with the exact command where there is one. */
export const Lockout = z.strictObject({
  kind: z.enum(lockoutKinds),
  when: LockoutTime,
  because: z.string(),
  cure: z.string(),
});
export type Lockout = z.infer<typeof Lockout>;

/** Finds the lock-outs of its kind that are due before `until` (RFC 3339). Pure and total: what was not read gives none. */
export type LockoutRule = (evidence: Evidence, until: string) => Lockout[];

/** A section that was read; `null` otherwise. */
export function readable<T>(section: T | Unreadable): T | null {
  return isUnreadable(section) ? null : section;
}

/** Whether a time is still to come, and before the end of the look. */
export function isDue(at: string, evidence: Evidence, until: string): boolean {
  return Date.parse(at) > Date.parse(evidence.at) && Date.parse(at) <= Date.parse(until);
}
