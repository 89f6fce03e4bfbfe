import type { Problem, ProblemCode } from "../lib/core/problem.ts";
import type { OperationView } from "../lib/fleet/operation-view.ts";
import type { RunView } from "../lib/run-view/run-view.ts";
import { wireCodeOf } from "../lib/run-view/wire-code.ts";

/**
 * 0: healthy, repaired, undone or temporarily weakened as requested. 1: a fault remains, a decision is needed, or
 * Remote Desktop is closed on purpose. 2: invalid usage. 3: the work failed or its result is unknown. 130: stopped.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

const usage: readonly ProblemCode[] = [
  "invalid-input",
  "invalid-vm-id",
  "foreign-cloud",
  "unknown-check",
  "unknown-remediation",
];

export function exitCodeOfProblem({ code }: Problem): ExitCode {
  return usage.includes(code) ? 2 : 3;
}

/** The exit code for a run that has ended or that waits. */
export function exitCodeOfRun({ outcome, state, error }: Pick<RunView, "outcome" | "state" | "error">): ExitCode {
  if (state === "weakened") return 0;
  switch (outcome) {
    case "healthy":
    case "repaired":
    case "undone":
      return 0;
    case "unknown":
      return 3;
    case "failed":
      return error && usage.some((code) => wireCodeOf(code) === error.code) ? 2 : 3;
    default:
      return 1;
  }
}

/** The exit code for an operation: 0 when all of its VMs work now, 3 when it was stopped by failures. */
export function exitCodeOfOperation({ outcome, results, progress }: OperationView): ExitCode {
  if (outcome?.kind === "circuit-open") return 3;
  const good = (results.healthy ?? 0) + (results.repaired ?? 0) + (results.undone ?? 0);
  return good === progress.total ? 0 : 1;
}
