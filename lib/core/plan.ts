import { createHash } from "node:crypto";
import { z } from "zod";
import { AccessRequest } from "./access-request.ts";
import { Change } from "./change.ts";
import { Risk } from "./risk.ts";

/**
 * The least invasive list of Changes that would restore every fault that can be restored from inside the VM; or the
 * rollback of an earlier run's Changes; or a request for just-in-time access.
 */
export const Plan = z.strictObject({
  /** Identifies the exact Changes, so that only the approved plan is applied. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  remediations: z.array(z.strictObject({ id: z.string(), risk: Risk, because: z.string() })),
  changes: z.array(Change),
  risk: Risk,
  mayNeedRestart: z.boolean(),
  /** Checks that should be healthy after the plan is applied. */
  restores: z.array(z.string()),
  /** Checks that are expected to get worse, because that was requested. */
  worsens: z.array(z.string()).default([]),
  /** Faults that this plan does not restore, each with what to do about it. */
  leaves: z.array(z.strictObject({ check: z.string(), because: z.string() })),
  refusals: z.array(z.strictObject({ remediation: z.string(), because: z.string() })),
  /** For an undo, `changes` are those that the run made. `back`: undo them; `again`: undo their undo. */
  undo: z
    .strictObject({
      run: z.uuid(),
      direction: z.enum(["back", "again"]),
      /** The unique id of the machine that the run changed; absent: not known, and in runs of earlier versions. */
      machine: z.string().optional(),
    })
    .optional(),
  /** The just-in-time access that is requested before anything is changed inside the VM. */
  access: AccessRequest.optional(),
});
export type Plan = z.infer<typeof Plan>;

/** Identifies all that a plan does. Key order is fixed here, so equal plans hash equally. */
export function hashPlan({ changes, undo, access }: Pick<Plan, "changes" | "undo" | "access">): string {
  if (!undo && !access) return hashChanges(changes);
  const what = [
    hashChanges(changes),
    undo ? [undo.run, undo.direction] : null,
    access ? [access.policyId, access.port, access.sources] : null,
  ];
  return createHash("sha256").update(JSON.stringify(what)).digest("hex");
}

/** SHA-256 over the Changes in their order. Key order is fixed by the schema, so equal plans hash equally. */
export function hashChanges(changes: readonly Change[]): string {
  return createHash("sha256")
    .update(JSON.stringify(changes.map((change) => Change.parse(change))))
    .digest("hex");
}

/** The plans of a run in their order, the present one last: their changes are in effect, or were. */
export function plansOf({ earlierPlans, plan }: { earlierPlans: readonly Plan[]; plan: Plan | null }): Plan[] {
  return plan ? [...earlierPlans, plan] : [...earlierPlans];
}
