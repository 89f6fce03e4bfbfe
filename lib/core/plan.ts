import { createHash } from "node:crypto";
import { z } from "zod";
import { Change } from "./change.ts";
import { Risk } from "./risk.ts";

/** The least invasive list of Changes that would restore every fault that can be restored from inside the VM. */
export const Plan = z.strictObject({
  /** Identifies the exact Changes: the plan that is applied is the plan that was approved. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  remediations: z.array(z.strictObject({ id: z.string(), risk: Risk, because: z.string() })),
  changes: z.array(Change),
  risk: Risk,
  mayNeedRestart: z.boolean(),
  /** Checks that should be healthy after it. */
  restores: z.array(z.string()),
  /** Checks that are expected to get worse, because that is what was asked for. */
  worsens: z.array(z.string()).default([]),
  /** Faults that this plan leaves, each with what to do about it. */
  leaves: z.array(z.strictObject({ check: z.string(), because: z.string() })),
  refusals: z.array(z.strictObject({ remediation: z.string(), because: z.string() })),
});
export type Plan = z.infer<typeof Plan>;

/** SHA-256 over the Changes in their order. Key order is fixed by the schema, so equal plans hash equally. */
export function hashChanges(changes: readonly Change[]): string {
  return createHash("sha256")
    .update(JSON.stringify(changes.map((change) => Change.parse(change))))
    .digest("hex");
}
