import type { ProblemCode } from "../../core/problem.ts";
import type { Outcome } from "../../core/run.ts";
import type { FleetOperation } from "../fleet-operation.ts";

/** Reasons that lie in the VM's state alone: they say nothing about what happens to the next VM. */
const ofThisVmAlone: readonly ProblemCode[] = [
  "vm-not-found",
  "vm-replaced",
  "not-windows",
  "windows-too-old",
  "vm-not-running",
  "vm-busy",
  "agent-not-ready",
  "vm-claimed",
  "vm-locked",
];

/** Whether an outcome counts towards the circuit breaker. */
export function isFailure({ kind, problem }: Pick<Outcome, "kind" | "problem">): boolean {
  if (kind !== "failed" && kind !== "unknown" && kind !== "not-repaired") return false;
  return problem === undefined || !ofThisVmAlone.includes(problem.code);
}

/** Why no further VM may start; `null` while the failures of every wave are within the limit. */
export function circuitProblem(operation: FleetOperation): string | null {
  const wave = operation.waveFailures.findIndex((failures, at) => failures > toleratedIn(operation, at));
  if (wave < 0) return null;
  const failures = operation.waveFailures[wave];
  const size = operation.waveSizes[wave];
  const isCanary = operation.policy.canary > 0 && wave === 0;
  const limit = isCanary ? "none may fail there" : `the limit is ${operation.policy.failurePercent} %`;
  const where = isCanary ? "the canary" : `wave ${wave + 1}`;
  return `The circuit breaker is open: ${failures} of the ${size} VMs of ${where} failed, and ${limit}. No further VM starts.`;
}

function toleratedIn({ policy, waveSizes }: FleetOperation, wave: number): number {
  if (policy.canary > 0 && wave === 0) return 0;
  return Math.floor(((waveSizes[wave] ?? 0) * policy.failurePercent) / 100);
}
