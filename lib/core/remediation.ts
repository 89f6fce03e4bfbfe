import type { Change } from "./change.ts";
import type { Evidence } from "./evidence.ts";
import type { Risk } from "./risk.ts";

/** Why a remediation will not be planned here, in a sentence that ends with what to do instead. */
export interface Refusal {
  readonly refused: string;
}

export interface RemediationOptions {
  /** The caller asks although the evidence does not call for it, or although a guard says no. */
  readonly force: boolean;
}

/**
 * One way to restore health. `id` is the file's name and a verb; `restores` names checks. `plan` is pure: it turns
 * evidence into Changes, or says why not. Planning for a VM that is already well gives an empty list.
 */
export interface Remediation {
  readonly id: string;
  readonly title: string;
  readonly restores: readonly string[];
  readonly risk: Risk;
  /** The change may need a restart of the VM before it shows. The restart is asked of ARM, never of the script. */
  readonly mayNeedRestart: boolean;
  plan(evidence: Evidence, options: RemediationOptions): Change[] | Refusal;
}

export function isRefusal(planned: Change[] | Refusal): planned is Refusal {
  return !Array.isArray(planned);
}

export function refuse(refused: string): Refusal {
  return { refused };
}
