import { type FleetOperation, type Member, waitingOf } from "../fleet-operation.ts";
import type { Applied, FleetEvent } from "./events.ts";
import { admit, afterLook, defer, end, signalledMember } from "./members.ts";
import { settle, toState } from "./settle.ts";

/*
 * The state machine of an operation: pure and total, as the one of a run. `next` returns the next effect, `apply` takes
 * in an event. The engines drive these two functions and nothing else.
 */

export { next } from "./next.ts";

/** An event that does not fit changes nothing: the same operation is returned. */
export function apply(operation: FleetOperation, event: FleetEvent, now: Date): Applied {
  const before = { operation, results: [] };
  if (operation.state === "ended") return before;
  const after = take(operation, event, now);
  if (after.operation === operation) return before;
  const settled = settle(after.operation, now);
  return { operation: { ...settled, updatedAt: now.toISOString() }, results: after.results };
}

type Unended = Exclude<FleetOperation, { state: "ended" }>;

function take(operation: Unended, event: FleetEvent, now: Date): Applied {
  switch (event.kind) {
    case "pause":
      return alone(operation.state === "running" ? pause(operation, event.by, now) : operation);
    case "resume":
      return alone(operation.state === "paused" ? resume(operation, event.by, now) : operation);
    case "cancel":
      return alone(operation.state === "stopping" ? operation : cancel(operation, event.by, now));
    case "decide": {
      const { kind: _, ...decision } = event;
      const known = operation.decisions.some(
        ({ fingerprint, approved }) => fingerprint === decision.fingerprint && approved === decision.approved,
      );
      const decisions = [...operation.decisions, { ...decision, at: now.toISOString() }];
      return alone(known ? operation : { ...operation, decisions });
    }
    case "admitted":
      return alone(operation.state === "running" ? admit(operation, event.targets, now) : operation);
    default:
      return ofMember(operation, event, now);
  }
}

function ofMember(operation: Unended, event: Extract<FleetEvent, { number: number }>, now: Date): Applied {
  const member = operation.active.find(({ number }) => number === event.number);
  if (!member) return alone(operation);
  switch (event.kind) {
    case "started":
      return alone(member.phase === "starting" ? replace(operation, { ...member, phase: "at-work" }) : operation);
    case "busy":
      // Of a run that is at work the claim is its own.
      return member.phase === "starting" ? defer(operation, member, event.by, now) : alone(operation);
    case "refused":
      if (member.phase !== "starting") return alone(operation);
      return end(
        operation,
        member,
        { kind: "failed", summary: event.problem.message, problem: event.problem },
        null,
        now,
      );
    case "seen":
      return afterLook(operation, member, event.run, now);
    case "signalled":
      return alone(signalledMember(operation, member, now));
  }
}

function alone(operation: FleetOperation): Applied {
  return { operation, results: [] };
}

function replace(operation: Unended, changed: Member): Unended {
  return { ...operation, active: operation.active.map((one) => (one.number === changed.number ? changed : one)) };
}

function pause(operation: Unended, by: string, now: Date): FleetOperation {
  return toState(operation, { state: "paused", pausedBy: by }, `Paused by ${by}. What is at work goes on.`, now);
}

function resume(operation: Unended, by: string, now: Date): FleetOperation {
  return toState(operation, { state: "running" }, `Resumed by ${by}.`, now);
}

function cancel(operation: Unended, by: string, now: Date): FleetOperation {
  const because = `Cancelled by ${by}; ${waitingOf(operation)} VMs were not started.`;
  // Whatever was told to a run before, it is now asked to end.
  const active = operation.active.map((member) => ({ ...member, signalled: false }));
  return toState({ ...operation, active }, { state: "stopping", stopped: "cancelled", because }, because, now);
}
