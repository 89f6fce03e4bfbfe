import { z } from "zod";

/**
 * - `healthy`: as it should be
 * - `faulty`: proven to break Remote Desktop, or beside a failure that it explains
 * - `noted`: differs from the default or from good practice, and does not break Remote Desktop; never planned by default
 * - `unknown`: could not be read; never counts as healthy
 * - `intended`: shut, and the owner wants it so
 * - `not-applicable`: this VM has nothing that the check is about
 */
export const verdicts = ["healthy", "faulty", "noted", "unknown", "not-applicable", "intended"] as const;

/** Whether the verdict says that nothing is broken. Only `faulty` and `unknown` are worse. */
export function isInOrder(verdict: (typeof verdicts)[number]): boolean {
  return verdict === "healthy" || verdict === "noted";
}

/** The result of one check. `because` is one English sentence that names the deciding fact and its source. */
export const Finding = z.strictObject({
  check: z.string(),
  verdict: z.enum(verdicts),
  because: z.string(),
  /** The facts that decided, by name, for people and for logs. */
  evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Remediations that restore this fault, least invasive first; empty when the repair is somebody else's. */
  restoredBy: z.array(z.string()),
});
export type Finding = z.infer<typeof Finding>;
