import type { Change } from "./change.ts";
import type { Evidence } from "./evidence.ts";
import type { RegistryValueId } from "./registry-value.ts";
import type { Risk } from "./risk.ts";
import type { SourceId } from "./sources.ts";

/** Why a remediation will not be planned here, in a sentence that ends with what to do instead. */
export interface Refusal {
  readonly refused: string;
}

export interface RemediationOptions {
  /** The caller asks although the evidence does not call for it, or although a guard says no. */
  readonly force: boolean;
  /** For how many minutes a setting is weakened; only remediations that weaken need it. */
  readonly weakenMinutes?: number;
}

type RegistryKind = "set-registry-value" | "remove-registry-value" | "weaken-registry-value";

/** A kind of Change that a remediation may plan; of registry values, which ones. */
export type Touch =
  | { readonly kind: RegistryKind & Change["kind"]; readonly values: readonly RegistryValueId[] }
  | { readonly kind: Exclude<Change["kind"], RegistryKind> };

/**
 * One way to restore health. `id` is the file's name and a verb; `restores` names checks. `plan` is pure: it turns
 * evidence into Changes, or says why not. Planning for a VM that is already well gives an empty list.
 */
export interface Remediation {
  readonly id: string;
  readonly title: string;
  readonly restores: readonly string[];
  /** Checks that it makes worse on purpose: no reason to take it back. */
  readonly worsens?: readonly string[];
  readonly risk: Risk;
  /** Never chosen by the planner: it cures no fault, or costs more than its cure is known to be worth. */
  readonly onlyByName?: true;
  /** Whom or what it may harm, in a sentence that the plan tells. */
  readonly warning?: string;
  /** The change may take effect only after a restart of the VM, which is requested from ARM and never made by the script. */
  readonly mayNeedRestart: boolean;
  /** All that it may ever plan. */
  readonly touches: readonly Touch[];
  /** Where it is written that this helps. */
  readonly sources: readonly SourceId[];
  plan(evidence: Evidence, options: RemediationOptions): Change[] | Refusal;
}

export function isRefusal(planned: Change[] | Refusal): planned is Refusal {
  return !Array.isArray(planned);
}

export function refuse(refused: string): Refusal {
  return { refused };
}
