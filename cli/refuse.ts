import type { Problem } from "../lib/core/problem.ts";

/** The problem of an invalid command line. The function of lib/core is not used because its module loads all schemas. */
export function refuse(message: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { code: "invalid-input", message, retryable: false } };
}
