import type { Delivery } from "../core/delivery.ts";
import { fail, ok, type Problem, type Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { vmKey } from "../core/vm-id.ts";
import type { RunService } from "../runs/intake/service.ts";
import { approvalRefusal, asksForRiskAlone } from "../runs/machine/approval.ts";
import type { RunEngine, RunStore } from "../runs/ports.ts";
import type { Step } from "../runs/stepper.ts";
import { lockoutsOf } from "../scan/find-lockouts.ts";
import { roomFor } from "./admission.ts";
import { runIdOf } from "./create-operation.ts";
import {
  type FleetOperation,
  type Member,
  type PlanDecision,
  type TargetResult,
  waitingOf,
} from "./fleet-operation.ts";
import type { FleetEvent, FleetSignal, SeenRun } from "./machine/events.ts";
import { apply, next } from "./machine/machine.ts";
import { decisionAbout, type FleetEffect, type Room } from "./machine/next.ts";
import { planGroupOf } from "./plan-group.ts";
import type { ArmBudget, OperationStore } from "./ports.ts";
import { unfinishedOperations } from "./unfinished-operations.ts";

export interface FleetStepperOptions {
  readonly store: OperationStore & Pick<RunStore, "list">;
  readonly engine: Pick<RunEngine, "get" | "signal">;
  readonly service: Pick<RunService, "start">;
  readonly budget: ArmBudget;
  /** How many runs of all operations together may be at work at once. */
  readonly places: number;
  readonly allowSelfApproval: boolean;
  /** Why this person may not approve the plan of this run, by the access rules; absent: there are none. */
  readonly refuseApproval?: (run: Run, decision: PlanDecision) => Problem | null;
  readonly now: () => Date;
  /** Called after every saved step, with the version before it. */
  readonly watchers?: readonly ((operation: FleetOperation, former: FleetOperation, version: number) => void)[];
  /** What is to be sent about a change of an operation, saved with it. Absent: nothing. */
  readonly deliveriesOf?: (operation: FleetOperation, former: FleetOperation, version: number) => readonly Delivery[];
}

/** The part that both engines share: one effect of an operation at a time, its result saved before the next. */
export interface FleetStepper {
  step(operationId: string, stop?: AbortSignal): Promise<Step>;
  signal(operationId: string, signal: FleetSignal): Promise<Result<FleetOperation>>;
  load(operationId: string): Promise<Result<FleetOperation>>;
  /** Tells of a run that was saved; the next step takes it in without reading it. Harmless when nobody tells. */
  notice(run: Run): void;
}

/** How many requests to the store or the engine are under way at once. */
const together = 10;

export function createFleetStepper(options: FleetStepperOptions): FleetStepper {
  const { store, engine, service, now } = options;
  const noticed = new Map<string, Map<string, SeenRun>>();

  async function step(operationId: string, stop?: AbortSignal): Promise<Step> {
    const stored = await store.getOperation(operationId);
    if (!stored) return { kind: "rest" };
    const { operation } = stored;
    const seen = takeNoticed(operation);
    if (seen.length > 0) {
      await take(operationId, seen);
      return { kind: "more" };
    }
    const effect = next(operation, now(), await roomOf(operation));
    if (effect.kind === "none") return { kind: "rest" };
    if (effect.kind === "wait") return effect;
    const events = await perform(effect, operation);
    if (!stop?.aborted) await take(operationId, events);
    return { kind: "more" };
  }

  async function roomOf(operation: FleetOperation): Promise<Room> {
    if (operation.state !== "running" || waitingOf(operation) === 0) return { total: 0, bySubscription: new Map() };
    const oldestFirst: FleetOperation[] = [];
    for await (const one of unfinishedOperations(store)) oldestFirst.unshift(one);
    return roomFor(operation, oldestFirst, { ...options, now: now() });
  }

  function takeNoticed({ id, active }: FleetOperation): FleetEvent[] {
    const own = noticed.get(id);
    noticed.delete(id);
    return active.flatMap(({ number, runId }): FleetEvent[] => {
      const run = own?.get(runId);
      return run ? [{ kind: "seen", number, run }] : [];
    });
  }

  function perform(
    effect: Exclude<FleetEffect, { kind: "wait" | "none" }>,
    operation: FleetOperation,
  ): Promise<FleetEvent[]> {
    switch (effect.kind) {
      case "admit":
        return admit(effect, operation);
      case "start-runs":
        return inTurns(effect.members, (member) => startRun(member, operation));
      case "read-runs":
        return inTurns(effect.members, async (member) => ({
          kind: "seen",
          number: member.number,
          run: seenOf(await engine.get(member.runId)),
        }));
      case "cancel-runs":
        return inTurns(effect.members, async ({ number, runId }) => {
          // A run that has begun to change its VM refuses, and goes on to its end.
          await engine.signal(runId, { kind: "cancel", by: `Operation ${operation.id}` });
          return { kind: "signalled", number };
        });
      case "decide-runs":
        return inTurns(effect.members, async (member) => {
          const decision = decisionAbout(operation, member);
          if (decision) await passOn(decision, member);
          return { kind: "signalled", number: member.number };
        });
    }
  }

  async function admit(
    { numbers, deferred }: Extract<FleetEffect, { kind: "admit" }>,
    { id }: FleetOperation,
  ): Promise<FleetEvent[]> {
    const wanted = new Set(numbers);
    const ranges = rangesOf(numbers);
    const read = await Promise.all(
      ranges.map(async ([from, to]) =>
        (await store.targetsOf(id, from, to)).map((target, at) => ({ ...target, number: from + at })),
      ),
    );
    const targets = read.flat().filter(({ number }) => wanted.has(number));
    const admitted = targets.map((target) => ({ ...target, runId: runIdOf(id, target.vm) }));
    return [{ kind: "admitted", targets: [...deferred, ...admitted] }];
  }

  async function startRun({ number, vm, runId }: Member, operation: FleetOperation): Promise<FleetEvent> {
    const { runs } = await store.list({ vmKey: vmKey(vm), unfinished: true, limit: 10 });
    const isStored = runs.some(({ id }) => id === runId);
    const other = runs.find(({ id, state, claimed }) => id !== runId && (claimed || state !== "ended"));
    if (other && !isStored) return { kind: "busy", number, by: other.id };
    const { id, request, intent, options, trigger } = operation;
    const started = await service.start({
      id: runId,
      vm,
      intent,
      options,
      trigger,
      operation: { id, request, runs: [runId] },
    });
    return started.ok ? { kind: "started", number } : { kind: "refused", number, problem: started.problem };
  }

  /** Only where the risk of the plan is all there is to decide; any other plan waits for a decision of its own. */
  async function passOn(decision: PlanDecision, { runId }: Member): Promise<void> {
    const found = await engine.get(runId);
    if (!found.ok || found.value.state !== "awaiting-approval") return;
    const run = found.value;
    if (planGroupOf(run.plan).fingerprint !== decision.fingerprint) return;
    if (decision.approved && !mayApprove(run, run.plan, decision)) return;
    const { approved, by } = decision;
    await engine.signal(runId, { kind: "decide", approved, by, planHash: run.plan.hash });
  }

  function mayApprove(run: Run, plan: NonNullable<Run["plan"]>, decision: PlanDecision): boolean {
    if (!asksForRiskAlone(run, plan)) return false;
    const { objectId } = decision;
    // At a terminal the user is whoever may use this machine's runs.
    if (objectId !== undefined && approvalRefusal(run, objectId, options.allowSelfApproval)) return false;
    return !options.refuseApproval?.(run, decision);
  }

  /** Applies events to the operation as it is stored now, and saves it with the results. */
  async function take(
    operationId: string,
    events: readonly FleetEvent[],
  ): Promise<{ operation: FleetOperation; taken: boolean } | null> {
    for (;;) {
      const stored = await store.getOperation(operationId);
      if (!stored) return null;
      let { operation } = stored;
      const results: TargetResult[] = [];
      for (const event of events) {
        const applied = apply(operation, event, now());
        operation = applied.operation;
        results.push(...applied.results);
      }
      if (operation === stored.operation) return { operation, taken: false };
      const deliveries = options.deliveriesOf?.(operation, stored.operation, stored.version + 1);
      if ((await store.saveOperation(operation, stored.version, results, deliveries)) === "saved") {
        for (const watch of options.watchers ?? []) watch(operation, stored.operation, stored.version);
        return { operation, taken: true };
      }
    }
  }

  async function load(operationId: string): Promise<Result<FleetOperation>> {
    const stored = await store.getOperation(operationId);
    return stored ? ok(stored.operation) : notFound(operationId);
  }

  return {
    step,
    load,
    async signal(operationId, signal) {
      const after = await take(operationId, [signal]);
      if (!after) return notFound(operationId);
      return after.taken || signal.kind === "decide" ? ok(after.operation) : notTaken(after.operation, signal.kind);
    },
    notice(run) {
      const { operation } = run;
      if (!operation || run.state !== "ended") return;
      const own = noticed.get(operation.id) ?? new Map<string, SeenRun>();
      noticed.set(operation.id, own.set(run.id, seenRun(run)));
    },
  };
}

function seenRun(run: Run): SeenRun {
  const plan = run.state === "awaiting-approval" ? planGroupOf(run.plan) : null;
  const lockouts = run.state === "ended" ? { lockouts: lockoutsOf(run).length } : {};
  return { state: run.state, outcome: run.outcome, plan, ...lockouts };
}

/** A stored run that this version cannot read has an end that is not known here. */
function seenOf(found: Result<Run>): SeenRun | null {
  if (found.ok) return seenRun(found.value);
  if (found.problem.code === "run-not-found") return null;
  return { state: "ended", outcome: { kind: "unknown", summary: found.problem.message }, plan: null };
}

/** Neighbours as one range: `[from, to)`. */
function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === number) last[1] = number + 1;
    else ranges.push([number, number + 1]);
  }
  return ranges;
}

async function inTurns<T>(members: readonly T[], work: (member: T) => Promise<FleetEvent>): Promise<FleetEvent[]> {
  const events: FleetEvent[] = [];
  for (let first = 0; first < members.length; first += together) {
    events.push(...(await Promise.all(members.slice(first, first + together).map(work))));
  }
  return events;
}

function notFound(operationId: string): Result<never> {
  return fail("operation-not-found", `There is no operation ${operationId} here. List the operations to find its id.`);
}

function notTaken({ id, state }: FleetOperation, asked: "pause" | "resume" | "cancel"): Result<never> {
  const advice = state === "ended" ? "Start another one for the VMs that were not started." : "Read its state.";
  return fail("operation-settled", `Operation ${id} is ${state}, so it cannot be asked to ${asked}. ${advice}`);
}
