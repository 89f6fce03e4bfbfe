import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runIdOf } from "../../lib/fleet/create-operation.ts";
import {
  atWorkOf,
  doneOf,
  FleetOperation,
  type FleetPolicy,
  type Target,
  type TargetResult,
  waitingOf,
} from "../../lib/fleet/fleet-operation.ts";
import type { FleetEvent, SeenRun } from "../../lib/fleet/machine/events.ts";
import { apply, next } from "../../lib/fleet/machine/machine.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { anOperationId, newOperation } from "./operations.ts";

const start = Date.parse(fixtureTime);
const noLimit = { total: 1000, bySubscription: new Map<string, number>() };

function ended(kind: NonNullable<SeenRun["outcome"]>["kind"], code?: "internal" | "vm-not-running"): SeenRun {
  const problem = code ? { code, message: "It failed.", retryable: false } : undefined;
  return { state: "ended", outcome: { kind, summary: `It is ${kind}.`, ...(problem && { problem }) }, plan: null };
}

const planKind = { fingerprint: "a kind", remediations: ["renew-rdp-key"], risk: "replaces-keys" as const };
const parked: SeenRun = { state: "awaiting-approval", outcome: null, plan: planKind };

/** An operation at work in a simulation: what it started, in which order, and how each target ended. */
class Simulation {
  operation: FleetOperation;
  readonly targets: readonly Target[];
  readonly results = new Map<number, TargetResult>();
  readonly started: { number: number; wave: number; openBefore: number[] }[] = [];
  now = start;
  mostAtWork = 0;
  readonly room: typeof noLimit;
  /** How each run answers when it is read. */
  readonly outcomeOf: (number: number) => SeenRun | null;

  constructor(
    count: number,
    policy: Partial<FleetPolicy>,
    outcomeOf: (number: number) => SeenRun | null = () => ended("repaired"),
    room = noLimit,
  ) {
    ({ operation: this.operation, targets: this.targets } = newOperation(count, policy));
    this.outcomeOf = outcomeOf;
    this.room = room;
  }

  tell(event: FleetEvent): void {
    const before = this.operation;
    const { operation, results } = apply(before, event, new Date(this.now));
    for (const result of results) {
      // Every target ends exactly once.
      expect(this.results.has(result.number)).toBe(false);
      this.results.set(result.number, result);
    }
    const admitted = operation.active.filter(({ number }) => !before.active.some((one) => one.number === number));
    for (const { number, wave } of admitted) {
      this.started.push({ number, wave, openBefore: before.active.map((one) => one.number) });
    }
    this.operation = operation;
    this.mostAtWork = Math.max(this.mostAtWork, atWorkOf(operation));
    this.check();
  }

  /** What is true of every operation between any two events. */
  check(): void {
    const { operation } = this;
    expect(FleetOperation.parse(operation)).toEqual(operation);
    expect(doneOf(operation)).toBe(this.results.size);
    const numbers = [...operation.active, ...operation.deferred].map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => this.results.has(number))).toEqual([]);
    const deferred = operation.deferred.length;
    const open = operation.state === "ended" ? 0 : waitingOf(operation) - deferred;
    if (operation.state !== "ended") expect(this.results.size + numbers.length + open).toBe(operation.total);
  }

  /** Performs the next effect; `false` when there is none. */
  step(): boolean {
    const effect = next(this.operation, new Date(this.now), this.room);
    switch (effect.kind) {
      case "none":
        return false;
      case "wait":
        expect(Date.parse(effect.until)).toBeGreaterThan(this.now);
        this.now = Date.parse(effect.until);
        return true;
      case "admit": {
        const admitted = effect.numbers.map((number) => {
          const target = this.targets[number];
          if (!target) throw new Error(`There is no target ${number}`);
          return { ...target, number, runId: runIdOf(anOperationId, target.vm) };
        });
        this.tell({ kind: "admitted", targets: [...effect.deferred, ...admitted] });
        return true;
      }
      case "start-runs":
        for (const { number } of effect.members) this.tell({ kind: "started", number });
        return true;
      case "read-runs":
        for (const { number } of effect.members) this.tell({ kind: "seen", number, run: this.outcomeOf(number) });
        return true;
      case "cancel-runs":
      case "decide-runs":
        for (const { number } of effect.members) this.tell({ kind: "signalled", number });
        return true;
    }
  }

  run(most = 5000): this {
    for (let steps = 0; steps < most && this.step(); steps += 1);
    return this;
  }
}

describe("an operation", () => {
  test("does the canary alone, then each wave when the one before has ended", () => {
    const simulation = new Simulation(101, { canary: 1, waves: [10, 50, 100], atWork: 20 }).run();
    expect(simulation.operation).toMatchObject({ state: "ended", outcome: { kind: "completed" } });
    expect(simulation.operation.waveSizes).toEqual([1, 10, 40, 50]);
    expect(simulation.results.size).toBe(101);
    expect(simulation.mostAtWork).toBe(20);
    const waves = simulation.started.map(({ wave }) => wave);
    expect(waves).toEqual(waves.toSorted((a, b) => a - b));
    for (const { openBefore, wave } of simulation.started) {
      const others = openBefore.map((number) => simulation.started.find((one) => one.number === number)?.wave);
      expect(others.every((other) => other === wave)).toBe(true);
    }
  });

  test("stops at a failed canary, and starts no other VM", () => {
    const { operation, started } = new Simulation(50, { canary: 2 }, () => ended("failed", "internal")).run();
    expect(started.map(({ wave }) => wave)).toEqual([0, 0]);
    expect(operation).toMatchObject({ state: "ended", outcome: { kind: "circuit-open" }, counts: { failed: 2 } });
    expect(operation.state === "ended" && operation.outcome.summary).toContain("2 failed, 48 not started");
  });

  test("the breaker opens above the share of a wave, and what is at work ends", () => {
    const policy = { canary: 0, waves: [100], atWork: 10, failurePercent: 10 };
    const outcome = (number: number) => (number % 2 === 0 ? ended("not-repaired") : ended("repaired"));
    const { operation, started, results } = new Simulation(100, policy, outcome).run();
    expect(operation).toMatchObject({ state: "ended", outcome: { kind: "circuit-open" } });
    // 10 failures are tolerated; the eleventh comes at the latest with the tenth beside it.
    expect(operation.waveFailures[0]).toBeGreaterThan(10);
    expect(started.length).toBeLessThanOrEqual(30);
    expect(results.size).toBe(started.length);
  });

  test("VMs that are stopped are no failures of the operation", () => {
    const { operation } = new Simulation(30, { canary: 3 }, () => ended("failed", "vm-not-running")).run();
    expect(operation).toMatchObject({ outcome: { kind: "completed" }, counts: { failed: 30 } });
  });

  test("a plan that waits for a decision holds up the next wave only in the canary", () => {
    const waits = (number: number) => (number === 0 ? parked : ended("repaired"));
    const canary = new Simulation(20, { canary: 1 }, waits).run(200);
    expect(canary.started).toHaveLength(1);
    const later = new Simulation(20, { canary: 0, waves: [50, 100] }, waits).run(200);
    expect(later.started).toHaveLength(20);
    expect(later.operation).toMatchObject({ state: "running", active: [{ number: 0, phase: "parked" }] });
  });

  test("a decision about a kind of plan is told to each run that waits with one, once", () => {
    const simulation = new Simulation(3, { canary: 0, waves: [100] }, () => parked).run(20);
    simulation.tell({ kind: "decide", fingerprint: "a kind", approved: true, by: "an approver" });
    const effect = next(simulation.operation, new Date(simulation.now), noLimit);
    expect(effect).toMatchObject({ kind: "decide-runs", members: [{}, {}, {}] });
    simulation.step();
    expect(next(simulation.operation, new Date(simulation.now), noLimit).kind).not.toBe("decide-runs");
    // The run still waits with the same plan: what was decided is not repeated.
    simulation.run(30);
    expect(simulation.operation.active.every(({ signalled }) => signalled)).toBe(true);
  });

  test("a busy VM is skipped with the reason, or waited for up to an hour", () => {
    const first = new Simulation(1, {});
    first.step();
    first.tell({ kind: "busy", number: 0, by: "another run" });
    expect(first.results.get(0)).toMatchObject({
      kind: "skipped",
      summary:
        "Run another run holds this VM: it is at work, or its plan waits for a decision (rdp-remediation show another run).",
      runId: null,
    });
    const patient = new Simulation(1, { busy: "wait" });
    let tries = 0;
    while (patient.operation.state !== "ended") {
      const effect = next(patient.operation, new Date(patient.now), noLimit);
      if (effect.kind === "start-runs") {
        tries += 1;
        patient.tell({ kind: "busy", number: 0, by: "another run" });
      } else patient.step();
    }
    expect(tries).toBe(61);
    expect(patient.results.get(0)?.summary).toContain("for longer than was waited");
    expect(patient.now - start).toBe(3_600_000);
  });

  test("a run that lost its claim in the last moment is skipped, not failed", () => {
    const problem = { code: "vm-claimed" as const, message: "Held.", retryable: true };
    const outcome: SeenRun = { state: "ended", outcome: { kind: "failed", summary: "Held.", problem }, plan: null };
    const { operation } = new Simulation(1, {}, () => outcome).run();
    expect(operation).toMatchObject({ outcome: { kind: "completed" }, counts: { skipped: 1 } });
  });

  test("starts nothing while it is paused; what is at work goes on", () => {
    const simulation = new Simulation(40, { canary: 0, waves: [100], atWork: 5 });
    simulation.step();
    simulation.tell({ kind: "pause", by: "somebody" });
    simulation.run(60);
    expect(simulation.started).toHaveLength(5);
    expect(simulation.results.size).toBe(5);
    simulation.tell({ kind: "resume", by: "somebody" });
    simulation.run();
    expect(simulation.operation).toMatchObject({ outcome: { kind: "completed" } });
  });

  test("cancelled, it asks its runs to end, and ends with them", () => {
    const simulation = new Simulation(40, { canary: 0, waves: [100], atWork: 5 }, () => parked);
    simulation.run(3);
    simulation.tell({ kind: "cancel", by: "somebody" });
    expect(next(simulation.operation, new Date(simulation.now), noLimit)).toMatchObject({ kind: "cancel-runs" });
    simulation.step();
    expect(next(simulation.operation, new Date(simulation.now), noLimit).kind).not.toBe("cancel-runs");
    for (const { number } of simulation.operation.active)
      simulation.tell({ kind: "seen", number, run: ended("cancelled") });
    expect(simulation.operation).toMatchObject({
      state: "ended",
      outcome: { kind: "cancelled" },
      counts: { cancelled: 5 },
    });
  });

  test("keeps within the places of a subscription and of a region", () => {
    const policy = { canary: 0, waves: [100], atWork: 100, perSubscription: 6, perRegion: 4 };
    const simulation = new Simulation(100, policy, () => null);
    simulation.step();
    const lanes = simulation.operation.active.map(({ vm, location }) => `${vm.subscriptionId.slice(-1)} ${location}`);
    const count = (text: string) => lanes.filter((lane) => lane.includes(text)).length;
    expect(simulation.operation.lanes).toHaveLength(4);
    expect(count("1 ")).toBe(6);
    expect(count("2 ")).toBe(6);
    for (const lane of new Set(lanes)) expect(count(lane)).toBeLessThanOrEqual(4);
  });
});

const anEvent = fc.oneof<fc.Arbitrary<FleetEvent>[]>(
  fc.record({ kind: fc.constantFrom("pause" as const, "resume" as const, "cancel" as const), by: fc.constant("x") }),
  fc.record({ kind: fc.constantFrom("started" as const, "signalled" as const), number: fc.nat(30) }),
  fc.record({ kind: fc.constant("busy" as const), number: fc.nat(30), by: fc.constant("y") }),
  fc.record({
    kind: fc.constant("refused" as const),
    number: fc.nat(30),
    problem: fc.constant({ code: "internal" as const, message: "No.", retryable: false }),
  }),
  fc.record({
    kind: fc.constant("seen" as const),
    number: fc.nat(30),
    run: fc.constantFrom<(SeenRun | null)[]>(
      null,
      parked,
      ended("repaired"),
      ended("failed", "internal"),
      ended("unknown"),
      { state: "applying", outcome: null, plan: null },
    ),
  }),
  fc.record({
    kind: fc.constant("decide" as const),
    fingerprint: fc.constantFrom("a kind", "another"),
    approved: fc.boolean(),
    by: fc.constant("z"),
  }),
);

const aPolicy = fc.record({
  canary: fc.nat(3),
  waves: fc.constantFrom<number[][]>([100], [10, 50, 100], [1, 100]),
  atWork: fc.integer({ min: 1, max: 6 }),
  failurePercent: fc.constantFrom(0, 10, 100),
  busy: fc.constantFrom("skip" as const, "wait" as const),
});

describe("whatever happens in whatever order", () => {
  test("it stays a valid operation, within its limits, and every target ends exactly once", () => {
    const script = fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant("step" as const) }, anEvent), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), aPolicy, script, (count, policy, events) => {
        const simulation = new Simulation(count, policy);
        for (const event of events) {
          const { state, active, wave } = simulation.operation;
          const before = simulation.started.length;
          if (event === "step") simulation.step();
          else simulation.tell(event);
          const more = simulation.started.slice(before);
          // Nothing starts but in a running operation, nor beyond its limit.
          if (more.length > 0) expect(state).toBe("running");
          const working = active.filter(({ phase }) => phase !== "parked").length;
          if (more.length > 0) expect(working + more.length).toBeLessThanOrEqual(policy.atWork);
          // The canary has ended before any other target starts.
          const canaryOpen = active.some((one) => one.wave === 0) && policy.canary > 0 && wave > 0;
          expect(canaryOpen && more.some((one) => one.wave > 0)).toBe(false);
        }
        // Left alone it comes to its end.
        if (simulation.operation.state === "paused") simulation.tell({ kind: "resume", by: "x" });
        simulation.run(20_000);
        expect(simulation.operation.state).toBe("ended");
        const { total } = simulation.operation;
        const failures = simulation.operation.waveFailures.some((failed) => failed > 0);
        if (simulation.operation.state === "ended" && simulation.operation.outcome.kind === "completed") {
          expect(simulation.results.size).toBe(total);
          if (policy.canary > 0 && failures) expect(simulation.operation.waveFailures[0]).toBe(0);
        }
      }),
      { numRuns: 120 },
    );
  });

  test("nothing starts after the breaker has opened or the operation was cancelled", () => {
    fc.assert(
      fc.property(aPolicy, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (policy, fails) => {
        const outcome = (number: number) => (fails[number] ? ended("failed", "internal") : ended("repaired"));
        const simulation = new Simulation(30, policy, outcome);
        let closedAt: number | null = null;
        for (let steps = 0; steps < 5000 && simulation.step(); steps += 1) {
          if (simulation.operation.state === "stopping") closedAt ??= simulation.started.length;
        }
        if (closedAt !== null) expect(simulation.started).toHaveLength(closedAt);
        const tolerated = simulation.operation.waveSizes.map((size, wave) =>
          policy.canary > 0 && wave === 0 ? 0 : Math.floor((size * policy.failurePercent) / 100),
        );
        const isOver = simulation.operation.waveFailures.some((failed, wave) => failed > (tolerated[wave] ?? 0));
        expect(simulation.operation).toMatchObject({ outcome: { kind: isOver ? "circuit-open" : "completed" } });
      }),
      { numRuns: 60 },
    );
  });
});
