import { doneOf, type FleetOperation, waitingOf } from "../fleet-operation.ts";
import { circuitProblem } from "./circuit-breaker.ts";

type Unended = Exclude<FleetOperation, { state: "ended" }>;
type Common = Omit<Extract<FleetOperation, { state: "running" }>, "state">;

/** The states, each with exactly the data that it has besides what all have. */
type StateData =
  | { readonly state: "running" }
  | { readonly state: "paused"; readonly pausedBy: string }
  | { readonly state: "stopping"; readonly stopped: "cancelled" | "circuit-open"; readonly because: string };

/** The operation in another state, with a line in its log. */
export function toState(operation: Unended, data: StateData, message: string, now: Date): Unended {
  return { ...commonOf(operation), ...data, log: logged(operation, message, now) };
}

/** What follows from the members and the counts: the breaker, the next wave, the end. */
export function settle(operation: FleetOperation, now: Date): FleetOperation {
  if (operation.state === "ended") return operation;
  const because = operation.state === "stopping" ? null : circuitProblem(operation);
  if (because !== null) {
    return settle(toState(operation, { state: "stopping", stopped: "circuit-open", because }, because, now), now);
  }
  if (operation.active.length === 0 && (operation.state === "stopping" || isThrough(operation))) {
    return ended(operation, now);
  }
  if (operation.state === "running" && isWaveOver(operation) && operation.wave + 1 < operation.waveSizes.length) {
    const wave = operation.wave + 1;
    const message = `Wave ${wave + 1} of ${operation.waveSizes.length} begins: ${operation.waveSizes[wave]} VMs.`;
    return settle({ ...operation, wave, log: logged(operation, message, now) }, now);
  }
  return operation;
}

/** Nothing is left to start. */
function isThrough(operation: Unended): boolean {
  return waitingOf(operation) === 0;
}

/**
 * A wave is over when each of its runs has ended or waits for a person; of the canary, when each has ended: only then it has
 * shown what it is for.
 */
function isWaveOver({ segments, cursors, wave, active, deferred, policy }: Unended): boolean {
  const open = segments.some((one, at) => one.wave === wave && (cursors[at] ?? one.to) < one.to);
  const isCanary = policy.canary > 0 && wave === 0;
  const own = active.filter((member) => member.wave === wave && (isCanary || member.phase !== "parked"));
  return !open && own.length === 0 && deferred.length === 0;
}

function ended(operation: Unended, now: Date): FleetOperation {
  const kind = operation.state === "stopping" ? operation.stopped : ("completed" as const);
  const left = operation.total - doneOf(operation);
  const counts = Object.entries(operation.counts).map(([result, count]) => `${count} ${result}`);
  const all = [...counts, ...(left > 0 ? [`${left} not started`] : [])].join(", ");
  const why = operation.state === "stopping" ? `${operation.because} ` : "";
  const summary = `${why}${operation.total} VMs: ${all}.`;
  return {
    ...commonOf(operation),
    state: "ended",
    outcome: { kind, summary },
    active: [],
    deferred: [],
    log: logged(operation, summary, now),
  };
}

function commonOf(operation: Unended): Common {
  switch (operation.state) {
    case "running": {
      const { state: _, ...common } = operation;
      return common;
    }
    case "paused": {
      const { state: _, pausedBy: __, ...common } = operation;
      return common;
    }
    case "stopping": {
      const { state: _, stopped: __, because: ___, ...common } = operation;
      return common;
    }
  }
}

/** The most lines of the log: pauses and waves, of which a person makes as many as they like. */
const mostLines = 100;

function logged({ log }: FleetOperation, message: string, now: Date): FleetOperation["log"] {
  return [...log, { at: now.toISOString(), message }].slice(-mostLines);
}
