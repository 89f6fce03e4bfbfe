import { hash } from "node:crypto";
import type { Plan } from "../core/plan.ts";
import type { PlanGroup } from "./fleet-operation.ts";

/**
 * The kind of a plan: which remediations, at which risk, with or without a restart, and which kinds of changes they make.
 * What differs from VM to VM (the values that were seen) is left out: the guest still checks them.
 */
export function planGroupOf({ remediations, changes, risk, mayNeedRestart, access }: Plan): PlanGroup {
  const ids = remediations.map(({ id }) => id).toSorted();
  const kinds = [...new Set(changes.map(({ kind }) => kind))].toSorted();
  const what = JSON.stringify([ids, kinds, risk, mayNeedRestart, access !== undefined]);
  return { fingerprint: hash("sha256", what), remediations: ids, risk };
}
