import { z } from "zod";

export const verdicts = ["healthy", "faulty", "unknown", "not-applicable"] as const;

/**
 * What one check says. `because` is one English sentence that names the deciding fact and where it comes from.
 * `unknown` means that the fact could not be read, and never counts as healthy.
 */
export const Finding = z.strictObject({
  check: z.string(),
  verdict: z.enum(verdicts),
  because: z.string(),
  /** The facts that decided, by name, for people and for logs. */
  evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Remediations that restore this fault, the least invasive first; empty when only somebody else can. */
  restoredBy: z.array(z.string()),
});
export type Finding = z.infer<typeof Finding>;
