import type { Outcome } from "../../core/run.ts";
import { atWorkOf, type FleetOperation, type Member, type resultKinds, type Target } from "../fleet-operation.ts";
import { isFailure } from "./circuit-breaker.ts";
import type { Applied, SeenRun } from "./events.ts";
import { busyPatienceMs, busyRetryMs, lookMs, paceOver, parkedLookMs } from "./timing.ts";

type Unended = Exclude<FleetOperation, { state: "ended" }>;
type Running = Extract<FleetOperation, { state: "running" }>;
type Result = Pick<Outcome, "problem" | "summary"> & { readonly kind: (typeof resultKinds)[number] };

/** Takes targets in: each must be the next of its segment, or wait for another run; and there must be a place for it. */
export function admit(
  operation: Running,
  targets: readonly (Target & { number: number; runId: string })[],
  now: Date,
): FleetOperation {
  return targets.reduce<Running>((before, target) => admitOne(before, target, now), operation);
}

function admitOne(operation: Running, target: Target & { number: number; runId: string }, now: Date): Running {
  if (atWorkOf(operation) >= operation.policy.atWork) return operation;
  const at = now.toISOString();
  const waited = operation.deferred.find(({ number }) => number === target.number);
  if (waited) {
    const member: Member = { ...waited, phase: "starting", lookAt: at };
    const deferred = operation.deferred.filter((one) => one !== waited);
    return { ...operation, deferred, active: [...operation.active, member] };
  }
  const index = operation.segments.findIndex(
    ({ wave, to }, at) => wave === operation.wave && operation.cursors[at] === target.number && target.number < to,
  );
  const segment = operation.segments[index];
  if (!segment) return operation;
  const { lane, wave } = segment;
  const member: Member = {
    ...target,
    lane,
    wave,
    phase: "starting",
    admittedAt: at,
    lookAt: at,
    busySince: null,
    plan: null,
    signalled: false,
  };
  const cursors = operation.cursors.with(index, target.number + 1);
  return { ...operation, cursors, active: [...operation.active, member] };
}

/** Another run works on the VM: the target waits, or is skipped with the reason. */
export function defer(operation: Unended, member: Member, by: string, now: Date): Applied {
  const since = member.busySince ?? now.toISOString();
  const waitedMs = now.getTime() - Date.parse(since);
  const waits = operation.policy.busy === "wait" && operation.state !== "stopping" && waitedMs < busyPatienceMs;
  if (!waits) {
    const summary = `Run ${by} holds this VM${waitedMs > 0 ? ", for longer than was waited" : ""}: it is at work, or its plan waits for a decision (rdp-remediation show ${by}).`;
    return end(operation, member, { kind: "skipped", summary }, null, now);
  }
  const lookAt = new Date(now.getTime() + busyRetryMs).toISOString();
  const active = operation.active.filter((one) => one !== member);
  return {
    operation: { ...operation, active, deferred: [...operation.deferred, { ...member, busySince: since, lookAt }] },
    results: [],
  };
}

/** What follows from the stored run of a member. */
export function afterLook(operation: Unended, member: Member, run: SeenRun | null, now: Date): Applied {
  if (run?.state === "ended" && run.outcome) {
    // Another run was faster in the moment between looking and claiming.
    const wasBusy = run.outcome.problem?.code === "vm-claimed";
    const result = wasBusy ? { ...run.outcome, kind: "skipped" as const } : run.outcome;
    const vmsWithLockouts = operation.vmsWithLockouts + Number((run.lockouts ?? 0) > 0);
    return end({ ...operation, vmsWithLockouts }, member, result, member.runId, now);
  }
  // Its store was lost, or it was never stored: starting it again starts it once.
  if (run === null) return { operation: replaced(operation, member, { ...member, phase: "starting" }), results: [] };
  const parked = run.state === "awaiting-approval" || run.state === "weakened";
  const plan = run.state === "awaiting-approval" ? run.plan : null;
  const sameWait = parked && member.phase === "parked" && plan?.fingerprint === member.plan?.fingerprint;
  const changed: Member = {
    ...member,
    phase: parked ? "parked" : "at-work",
    plan,
    signalled: (sameWait || operation.state === "stopping") && member.signalled,
    lookAt: new Date(now.getTime() + (parked ? parkedLookMs : lookMs)).toISOString(),
  };
  return { operation: replaced(operation, member, changed), results: [] };
}

/** A signal was passed on: the run is read soon. */
export function signalledMember(operation: Unended, member: Member, now: Date): FleetOperation {
  return replaced(operation, member, { ...member, signalled: true, lookAt: now.toISOString() });
}

/** The target has its result, which is its last. */
export function end(operation: Unended, member: Member, result: Result, runId: string | null, now: Date): Applied {
  const at = now.toISOString();
  const { kind, summary } = result;
  const counts = { ...operation.counts, [kind]: (operation.counts[kind] ?? 0) + 1 };
  const failed = kind !== "skipped" && isFailure({ ...result, kind });
  const { wave, number } = member;
  const waveFailures = failed
    ? operation.waveFailures.with(wave, (operation.waveFailures[wave] ?? 0) + 1)
    : operation.waveFailures;
  const changed: Unended = {
    ...operation,
    active: operation.active.filter((one) => one !== member),
    counts,
    waveFailures,
    recentEnds: [...operation.recentEnds, at].slice(-paceOver),
  };
  return { operation: changed, results: [{ number, kind, summary, runId, startedAt: member.admittedAt, endedAt: at }] };
}

function replaced(operation: Unended, member: Member, changed: Member): Unended {
  return { ...operation, active: operation.active.map((one) => (one === member ? changed : one)) };
}
