import { atWorkOf, doneOf, type FleetOperation, type PlanGroup } from "./fleet-operation.ts";

export interface Progress {
  readonly total: number;
  readonly done: number;
  readonly atWork: number;
  /** Waiting for a person, or for another run. */
  readonly waiting: number;
  /** The share of `done`, rounded down: 100 means all. */
  readonly percent: number;
  /** When it ends at the pace of the latest ends (RFC 3339); `null`: not known yet, or it does not go on by itself. */
  readonly estimatedEnd: string | null;
  /** The plans that wait for a decision, by their kind. */
  readonly plans: readonly (PlanGroup & { readonly count: number; readonly exampleRunId: string })[];
}

/** How far an operation is. Pure. */
export function progressOf(operation: FleetOperation): Progress {
  const { total, active, deferred } = operation;
  const done = doneOf(operation);
  return {
    total,
    done,
    atWork: atWorkOf(operation),
    waiting: active.filter(({ phase }) => phase === "parked").length + deferred.length,
    percent: total === 0 ? 100 : Math.floor((done * 100) / total),
    estimatedEnd: estimateOf(operation, total - done),
    plans: plansOf(operation),
  };
}

/** Fewer ends say nothing about the pace: the canary ends one by one. */
const fewestEnds = 5;

function estimateOf({ state, recentEnds, policy, wave, updatedAt }: FleetOperation, left: number): string | null {
  const isCanary = policy.canary > 0 && wave === 0;
  if (state !== "running" || isCanary || recentEnds.length < fewestEnds) return null;
  const first = Date.parse(recentEnds[0] ?? updatedAt);
  const last = Date.parse(recentEnds.at(-1) ?? updatedAt);
  const msEach = (last - first) / (recentEnds.length - 1);
  return new Date(last + msEach * left).toISOString();
}

function plansOf({ active }: FleetOperation): Progress["plans"] {
  const groups = new Map<string, Progress["plans"][number]>();
  for (const { plan, runId } of active) {
    if (!plan) continue;
    const known = groups.get(plan.fingerprint) ?? { ...plan, count: 0, exampleRunId: runId };
    groups.set(plan.fingerprint, { ...known, count: known.count + 1 });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}
