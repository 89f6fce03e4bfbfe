import { explainError } from "./explain-error.ts";
import type { ErrorExplanation } from "./explanation.ts";

/** Explains the error that a run was told as a hint: text in any form, or both codes. */
export function explainHint(hint: string | { readonly code: number; readonly extendedCode: number }): ErrorExplanation {
  if (typeof hint === "string") return explainError(hint);
  return explainError(`0x${hint.code.toString(16)} 0x${hint.extendedCode.toString(16)}`);
}
