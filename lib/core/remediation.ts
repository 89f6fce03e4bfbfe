import type { Change } from "./change.ts";
import type { Evidence } from "./evidence.ts";
import type { RegistryValueId } from "./registry-value.ts";
import type { Risk } from "./risk.ts";
import type { SourceId } from "./sources.ts";

/** Why a remediation is not planned here, in a sentence that ends with what to do instead. */
export interface Refusal {
  readonly refused: string;
}

export interface RemediationOptions {
  /** The caller requests it although the evidence does not require it, or although a precondition fails. */
  readonly force: boolean;
  /** For how many minutes a setting is weakened; only remediations that weaken need it. */
  readonly weakenMinutes?: number;
}

type RegistryKind = "set-registry-value" | "remove-registry-value" | "weaken-registry-value";

/** A kind of Change that a remediation may plan; for registry values, which ones. */
export type Touch =
  | { readonly kind: RegistryKind & Change["kind"]; readonly values: readonly RegistryValueId[] }
  | { readonly kind: Exclude<Change["kind"], RegistryKind> };

/**
 * One repair. `id` is the file's name and a verb; `restores` names checks. `plan` is pure: it turns evidence into
 * Changes, or says why there are none. For a VM without the fault it gives an empty list.
 */
export interface Remediation {
  readonly id: string;
  readonly title: string;
  readonly restores: readonly string[];
  /** Checks that it makes worse on purpose; they cause no rollback. */
  readonly worsens?: readonly string[];
  readonly risk: Risk;
  /** Planned only when it is named: it repairs no fault, or its cost is higher than its known benefit. */
  readonly onlyByName?: true;
  /** What it may harm, in a sentence that the plan shows. */
  readonly warning?: string;
  /** The change may need a restart of the VM to take effect. ARM is asked for the restart; the script never makes one. */
  readonly mayNeedRestart: boolean;
  /** Every Change that it may plan. */
  readonly touches: readonly Touch[];
  /** The documents that describe this repair. */
  readonly sources: readonly SourceId[];
  plan(evidence: Evidence, options: RemediationOptions): Change[] | Refusal;
}

export function isRefusal(planned: Change[] | Refusal): planned is Refusal {
  return !Array.isArray(planned);
}

export function refuse(refused: string): Refusal {
  return { refused };
}
