import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AzureEvidence } from "../../../lib/core/azure-evidence.ts";
import { isUnreadable } from "../../../lib/core/guest-evidence.ts";
import { fail, type Problem, type ProblemCode } from "../../../lib/core/problem.ts";
import { Run, type RunState } from "../../../lib/core/run.ts";
import { type Effect, effectFailed, type RunEvent, type WorldEffect } from "../../../lib/runs/effects.ts";
import { apply, next } from "../../../lib/runs/machine/machine.ts";
import { isWeakening } from "../../../lib/runs/machine/weakening.ts";
import { isDeparture } from "../../../lib/runs/stepper.ts";
import { healthyAzureEvidence, healthyGuestEvidence } from "../../fixtures/evidence.ts";
import { replyOutput } from "../../fixtures/guest-reply.ts";
import { brokenCipherPolicy, disabledRdp, newRun, underJit } from "../rig.ts";

/*
 * Once started, awaited: whatever is answered, lost or killed, a script that may have run is waited for to its own deadline,
 * or its run ends in doubt and can be undone.
 */

const minute = 60_000;

/** What Azure and the guest do with one effect. */
type Answer =
  | "works"
  /** Carried out, and the answer lost: in which words the caller hears of it. */
  | { readonly lost: Problem }
  /** Not carried out. */
  | { readonly refused: Problem }
  /** The process is killed after it, before its event is saved. */
  | "killed"
  | "killed before"
  | "cancel";

function problem(code: ProblemCode, retryable: boolean, retryAfterMs?: number): Problem {
  const more = retryAfterMs === undefined ? {} : { retryAfterMs };
  return fail(code, "It went wrong.", { retryable, ...more }).problem;
}

const doubts = [
  problem("azure-unavailable", true),
  problem("internal", false),
  problem("azure-refused", false),
  problem("throttled", true, 86_400_000),
];
const refusals = [
  problem("sign-in-failed", false),
  problem("right-missing", false),
  problem("vm-not-found", false),
  problem("throttled", true, 1000),
  problem("vm-busy", true),
  problem("azure-unavailable", true),
  problem("azure-refused", false),
];

const anyAnswer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Answer>("works") },
  // A definite refusal is never a lost answer.
  { weight: 2, arbitrary: fc.constantFrom(...doubts.slice(0, 3)).map((lost) => ({ lost })) },
  { weight: 3, arbitrary: fc.constantFrom(...refusals).map((refused) => ({ refused })) },
  { weight: 1, arbitrary: fc.constantFrom<Answer>("killed", "killed before", "cancel") },
);

/** One Run Command as Azure has it. */
interface Command {
  readonly script: "collect" | "apply" | "undo";
  readonly step: string;
  readonly startedAt: number;
  /** How long the script takes; longer than its deadline: it hangs until Azure ends it. */
  readonly takesMs: number;
  executions: number;
  /** Its change is made. */
  settled?: boolean;
  deletedAt: number | null;
}

/** Azure, one VM and a clock, answering as it is told. */
class World {
  now = Date.parse("2026-11-21T08:00:00Z");
  readonly commands = new Map<string, Command>();
  readonly faults: string[] = [];
  restarts = 0;
  /** Whether the setting is weakened in the VM, and how often access was requested that Azure carried out. */
  weak = false;
  accessRequests = 0;
  /** How many reads of the network after that do not show it yet. */
  accessLag = 0;
  readonly #answers: Answer[];
  readonly #takes: number[];
  readonly #lags: number[];
  readonly #repairs: boolean;

  constructor(answers: readonly Answer[], takes: readonly number[], lags: readonly number[], repairs: boolean) {
    this.#answers = [...answers];
    this.#takes = [...takes];
    this.#lags = [...lags];
    this.#repairs = repairs;
  }

  answer(): Answer {
    return this.#answers.shift() ?? "works";
  }

  perform(effect: WorldEffect, run: Run): RunEvent {
    this.now += 300;
    this.#settle(run);
    switch (effect.kind) {
      case "claim":
        return { kind: "claimed" };
      case "release":
        return { kind: "released" };
      case "read-azure":
        return { kind: "azure-read", evidence: this.#azure(run) };
      case "cross-check":
        return { kind: "cross-checked", network: effect.azure.network };
      case "start-script": {
        const known = this.commands.get(effect.name);
        if (known) known.executions += 0;
        else {
          const takesMs = this.#takes.shift() ?? 5000;
          const { script } = effect;
          const step = effect.request.step;
          this.commands.set(effect.name, {
            script,
            step,
            startedAt: this.now,
            takesMs,
            executions: 1,
            deletedAt: null,
          });
        }
        return { kind: "script-started", name: effect.name };
      }
      case "poll-script":
        return this.#poll(effect.name, run);
      case "discard-script": {
        const command = this.commands.get(effect.name);
        if (command && !this.#isOver(command, run))
          this.faults.push(`${effect.name} was deleted while it may be at work`);
        if (command) command.deletedAt = this.now;
        return { kind: "script-discarded", name: effect.name };
      }
      case "restart-vm":
        this.restarts += 1;
        return { kind: "restart-accepted" };
      case "report-alert":
        return { kind: "alert-reported" };
      case "acknowledge-alert":
        return { kind: "alert-acknowledged" };
      case "request-access":
        this.accessRequests += 1;
        return { kind: "access-requested" };
      case "hand-over-fix":
        return { kind: "fix-handed-over", page: "https://example.com" };
      case "probe":
        return { kind: "probed", handshake: { address: "10.0.0.4", completed: false, because: "No way." } };
    }
  }

  #azure({ options }: Run): AzureEvidence {
    if (!options.requestAccess) return healthyAzureEvidence();
    const isOpen = this.accessRequests > 0 && this.accessLag-- <= 0;
    return isOpen ? underJit(...options.sources) : underJit();
  }

  /** The change of a script is made at its end; one that hangs is ended after it has made its change. */
  #settle(run: Run): void {
    for (const command of this.commands.values()) {
      if (command.settled || !this.#isOver(command, run)) continue;
      command.settled = true;
      if (command.script === "apply") this.weak = isWeakening(run.plan);
      if (command.script === "undo" && command.takesMs <= 15 * minute) this.weak = false;
    }
  }

  #isOver(command: Command, _run: Run): boolean {
    const ends = command.startedAt + Math.min(command.takesMs, (command.script === "collect" ? 5 : 15) * minute);
    return this.now >= ends;
  }

  #poll(name: string, run: Run): RunEvent {
    const command = this.commands.get(name);
    if (!command || command.deletedAt !== null) return { kind: "script-absent", name };
    // Reads lag behind writes for a while.
    if ((this.#lags.shift() ?? 0) > 0) return { kind: "script-absent", name };
    if (!this.#isOver(command, run)) return { kind: "script-running", name };
    if (command.takesMs > (command.script === "collect" ? 5 : 15) * minute) {
      return { kind: "script-finished", name, output: "", failure: "TimedOut" };
    }
    return { kind: "script-finished", name, output: this.#reply(command, run), failure: null };
  }

  #reply({ script, step }: Command, run: Run): string {
    const awaitsRestart = run.options.maximumRisk === "reboots";
    const isRepaired = awaitsRestart ? this.restarts > 0 : this.#repairs && script === "apply";
    const broken = awaitsRestart ? brokenCipherPolicy() : disabledRdp();
    const isWell = script === "undo" || isRepaired || run.options.remediations || run.options.requestAccess;
    const evidence = isWell ? healthyGuestEvidence() : broken;
    if (this.weak && !isUnreadable(evidence.registry)) {
      evidence.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
    }
    // Each restart is an hour after the one before.
    if (!isUnreadable(evidence.system)) {
      evidence.system.bootTime = new Date(
        Date.parse("2026-11-20T08:00:00Z") + this.restarts * 60 * minute,
      ).toISOString();
    }
    const receipts =
      script === "collect" ? [] : [{ kind: "restart-rdp-services" as const, target: "all", changed: true, note: null }];
    return replyOutput({ runId: run.id, step, receipts, evidence });
  }
}

/** Drives a run through a world of answers, with kills, until it rests. Every saved run is checked. */
function live(start: Run, world: World): Run {
  let run = start;
  // Every phase is stored and read back.
  const saved = (after: Run): Run => {
    const isSame = after.state === run.state && after.script?.phase === run.script?.phase;
    return isSame ? after : Run.parse(JSON.parse(JSON.stringify(after)));
  };
  for (let steps = 0; steps < 5000; steps++) {
    const effect: Effect = next(run, new Date(world.now));
    if (effect.kind === "none") return run;
    if (effect.kind === "wait") {
      if (run.state === "awaiting-approval") return run;
      world.now = Math.max(world.now, Date.parse(effect.until));
      run = saved(apply(run, { kind: "time-passed" }, new Date(world.now)));
      continue;
    }
    const answer = world.answer();
    if (answer === "killed before") continue;
    if (answer === "cancel") {
      run = saved(apply(run, { kind: "cancel", by: "ada" }, new Date(world.now)));
      continue;
    }
    if (isDeparture(effect.kind)) {
      run = saved(apply(run, { kind: "departing", effect: effect.kind }, new Date(world.now)));
    }
    const refused = typeof answer === "object" && "refused" in answer ? answer.refused : null;
    const event = refused ? effectFailed(effect, refused) : world.perform(effect, run);
    // A refusal in words that are no refusal is a PUT whose fate nobody knows: it was not carried out.
    if (answer === "killed") continue;
    const heard = typeof answer === "object" && "lost" in answer ? effectFailed(effect, answer.lost) : event;
    run = saved(apply(run, heard, new Date(world.now)));
  }
  throw new Error(`the run did not come to rest: ${run.state}`);
}

const took = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 500, max: 4 * minute }) },
  { weight: 1, arbitrary: fc.constant(60 * minute) },
);

describe("whatever Azure answers, and whenever the process is killed", () => {
  test("a script that may have run is awaited, or its run ends unknown and its Run Command is cleaned up", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Run["intent"]>("diagnose", "repair", "undo"),
        fc.array(anyAnswer, { maxLength: 60 }),
        fc.array(took, { maxLength: 6 }),
        fc.array(fc.integer({ min: -2, max: 1 }), { maxLength: 30 }),
        fc.boolean(),
        (intent, answers, takes, lags, repairs) => {
          const world = new World(answers, takes, lags, repairs);
          const undoes = intent === "undo" ? { undoes: "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d" } : {};
          const run = live(newRun(intent, { checks: ["rdp-is-enabled"], ...undoes }), world);
          expect(world.faults).toEqual([]);
          const states: RunState[] = ["ended", "awaiting-approval"];
          expect(states).toContain(run.state);
          if (run.state !== "ended") return;
          // A change that may have been made shows as receipts, as doubt, or as taken back.
          const changing = [...world.commands.values()].filter(({ script }) => script !== "collect");
          if (changing.length > 0 && run.receipts.length === 0) {
            expect(["unknown", "not-repaired"]).toContain(run.outcome.kind);
          }
          if (run.outcome.kind === "cancelled") expect(changing).toEqual([]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a setting that may be weakened is restored, or its run says that it could not be", () => {
    let restored = 0;
    fc.assert(
      fc.property(
        fc.array(anyAnswer, { maxLength: 60 }),
        fc.array(took, { maxLength: 6 }),
        fc.array(fc.integer({ min: -2, max: 1 }), { maxLength: 30 }),
        (answers, takes, lags) => {
          const world = new World(answers, takes, lags, true);
          const options = { remediations: ["weaken-network-level-authentication"], weakenMinutes: 60 };
          const run = live(newRun("repair", { ...options, maximumRisk: "weakens-security" }), world);
          expect(world.faults).toEqual([]);
          expect(run.state).toBe("ended");
          expect(world.weak, run.outcome?.summary).toBe(false);
          const undone = [...world.commands.values()].filter(({ script }) => script === "undo");
          if (undone.length > 0) restored += 1;
          if (run.outcome?.kind === "cancelled") expect(undone).toEqual([]);
        },
      ),
      { numRuns: 600 },
    );
    expect(restored).toBeGreaterThan(200);
  });

  test("access that may have been granted is told, and access that was not requested is not", () => {
    let granted = 0;
    fc.assert(
      fc.property(
        fc.array(anyAnswer, { maxLength: 40 }),
        fc.array(took, { maxLength: 3 }),
        fc.nat(14),
        (answers, takes, accessLag) => {
          const world = Object.assign(new World(answers, takes, [], true), { accessLag });
          const options = { sources: ["10.0.0.9"], requestAccess: true, maximumRisk: "opens-network" as const };
          const run = live(newRun("repair", { ...options, checks: ["nsg-allows-rdp", "rdp-is-enabled"] }), world);
          expect(world.faults).toEqual([]);
          expect(run.state).toBe("ended");
          const said = run.log.map(({ message }) => message).join("\n");
          if (world.accessRequests === 0) expect(said).not.toContain("access is granted until");
          // Cancelled while the request was on its way, or lost: the run says when the access ends.
          else if (run.outcome?.kind === "cancelled") expect(run.outcome.summary).toContain("ends by itself at");
          else {
            expect(run.access?.state).toMatch(/^(granted|refused)$/);
            expect(said).not.toContain("was not granted");
          }
          if (run.access?.state === "granted") granted += 1;
        },
      ),
      { numRuns: 500 },
    );
    expect(granted).toBeGreaterThan(100);
  });

  test("a restart is made once at most", () => {
    fc.assert(
      fc.property(fc.array(anyAnswer, { maxLength: 60 }), (answers) => {
        const world = new World(answers, [], [], true);
        live(newRun("repair", { maximumRisk: "reboots", checks: ["cipher-policy-suits-rdp"] }), world);
        expect(world.restarts).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("while a script is at work, one bad answer to the look ends nothing", () => {
  const bad: [string, Problem][] = [
    ["401", problem("sign-in-failed", false)],
    ["403", problem("right-missing", false)],
    ["HTML, or a 400", problem("azure-refused", false)],
    ["an empty body", problem("internal", false)],
    ["the VM is not found", problem("vm-not-found", false)],
    ["a time-out", problem("azure-unavailable", true)],
    ["429 with a Retry-After of a day", problem("throttled", true, 86_400_000)],
  ];
  test.each(bad)("%s", (_, failure) => {
    for (const always of [false, true]) {
      const world = new World([], [5000, 4 * minute], [], true);
      let looks = 0;
      const start = newRun("repair");
      const original = world.perform.bind(world);
      world.perform = (effect, run) => {
        const isApply = effect.kind === "poll-script" && effect.name.includes("apply");
        if (!isApply || (!always && looks++ > 0)) return original(effect, run);
        return effectFailed(effect, failure);
      };
      const run = live(start, world);
      expect(world.faults).toEqual([]);
      const kind = run.state === "ended" ? run.outcome.kind : run.state;
      expect(kind).toBe(always ? "unknown" : "repaired");
    }
  });

  test("eight throttled looks at one second each are eight waits, not eight attempts", () => {
    const throttled: Answer[] = Array.from({ length: 8 }, () => ({ refused: problem("throttled", true, 1000) }));
    // claim, read, start of collect, cross-checks, look of collect, start of apply; then the looks.
    const world = new World(
      ["works", "works", "works", "works", "works", "works", ...throttled],
      [100, minute],
      [],
      true,
    );
    const run = live(newRun("repair"), world);
    expect(run.outcome?.kind).toBe("repaired");
  });

  test("a PUT whose answer is lost, and a look that answers 401, leave the script awaited", () => {
    for (const answer of [
      problem("sign-in-failed", false),
      problem("vm-not-found", false),
      problem("vm-not-running", false),
    ]) {
      const answers: Answer[] = [
        "works",
        "works",
        "works",
        "works",
        { lost: problem("internal", false) },
        { refused: answer },
      ];
      const world = new World(answers, [100, minute], [], true);
      const run = live(newRun("repair"), world);
      expect(run.outcome?.kind).toBe("repaired");
      expect([...world.commands.values()].map(({ executions }) => executions)).toEqual([1, 1]);
    }
  });

  test("absent for the first looks after an accepted PUT, it is waited for", () => {
    const world = new World([], [100, minute], [1, 1, 1, 1, 1], true);
    expect(live(newRun("repair"), world).outcome?.kind).toBe("repaired");
  });

  test("a reply that comes after the run has ended in doubt is taken in", () => {
    const world = new World([], [100, 10 * minute], [], true);
    const original = world.perform.bind(world);
    const unreachable = problem("azure-unavailable", true);
    let until = Number.POSITIVE_INFINITY;
    world.perform = (effect, run) => {
      const isApply = effect.kind === "poll-script" && effect.name.includes("apply");
      if (!isApply) return original(effect, run);
      if (run.state === "ended" && until === Number.POSITIVE_INFINITY) until = world.now + 10 * minute;
      return world.now < until ? effectFailed(effect, unreachable) : original(effect, run);
    };
    const run = live(newRun("repair"), world);
    expect(run).toMatchObject({ state: "ended", outcome: { kind: "unknown" }, claimed: false, cleanup: [] });
    expect(run.receipts).not.toEqual([]);
    expect(run.log.at(-1)?.message).toContain("came after the end");
    expect([...world.commands.values()].every(({ deletedAt }) => deletedAt !== null)).toBe(true);
  });
});

describe("a clock that jumps", () => {
  test.each([
    ["two hours forward", 120],
    ["two hours back", -120],
  ])("%s while a change is at work: the run neither ends early nor stands still", (_, minutes) => {
    const world = new World([], [100, 3 * minute], [], true);
    const original = world.perform.bind(world);
    let jumped = 0;
    let looks = 0;
    let began = 0;
    world.perform = (effect, run) => {
      if (effect.kind === "poll-script" && effect.name.includes("apply")) {
        looks += 1;
        if (looks === 1) began = world.now;
        if (looks === 3) {
          // The service's clock jumps, and the VM goes on as before.
          jumped = minutes * minute;
          for (const [name, command] of world.commands) {
            world.commands.set(name, { ...command, startedAt: command.startedAt + jumped });
          }
          world.now += jumped;
        }
      }
      return original(effect, run);
    };
    const run = live(newRun("repair"), world);
    expect(run.outcome?.kind).toBe("repaired");
    expect(world.now - jumped - began).toBeLessThan(6 * minute);
  });
});
