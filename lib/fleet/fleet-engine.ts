import { fail, ok, type Problem, type Result } from "../core/problem.ts";
import type { CreatedOperation } from "./create-operation.ts";
import type { FleetOperation } from "./fleet-operation.ts";
import type { FleetSignal } from "./machine/events.ts";

/** Starts operations and drives them; both adapters drive the same machine. */
export interface FleetEngine {
  /**
   * Stores the operation and starts work on it. The same id again is the same operation, whatever the request: the caller
   * must compare the two.
   */
  start(created: CreatedOperation): Promise<FleetOperation>;
  get(operationId: string): Promise<Result<FleetOperation>>;
  signal(operationId: string, signal: FleetSignal): Promise<Result<FleetOperation>>;
  /** Takes up the unfinished operations on which nobody works. */
  resume(): Promise<void>;
}

/** How many of the places for runs operations may use: single runs and alerts always find one. */
export function placesForOperations(runsAtWork: number): number {
  return Math.max(1, runsAtWork - Math.max(1, Math.ceil(runsAtWork / 10)));
}

/** The decision about the plans of a kind, or why this person may not make it. */
export function decideAboutPlans(
  operation: FleetOperation,
  decision: Extract<FleetSignal, { kind: "decide" }>,
  allowSelfApproval: boolean,
): Result<FleetSignal> {
  if (!operation.active.some(({ plan }) => plan?.fingerprint === decision.fingerprint)) {
    return fail(
      "plan-changed",
      `No run of operation ${operation.id} waits with a plan of the kind ${decision.fingerprint.slice(0, 12)}. Read the operation again, then decide about a kind that it shows.`,
    );
  }
  const problem = selfApproval(operation, decision, allowSelfApproval);
  return problem ? { ok: false, problem } : ok(decision);
}

function selfApproval(
  { id, trigger }: FleetOperation,
  { approved, objectId }: Extract<FleetSignal, { kind: "decide" }>,
  allowSelfApproval: boolean,
): Problem | null {
  if (!approved || allowSelfApproval || objectId === undefined || trigger.objectId !== objectId) return null;
  const message = `Operation ${id} was asked for by the same identity that now approves its plans. Another approver has to decide.`;
  return fail("self-approval", message).problem;
}
