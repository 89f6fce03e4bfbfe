import { expect, test, vi } from "vitest";
import { viewLocalRun } from "../../cli/local-runs.ts";
import { createProgress, describeProgress as describeView } from "../../cli/progress.ts";
import { createLayout } from "../../cli/render/layout.ts";
import { Run } from "../../lib/core/run.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { inFlight, phaseDataOf, type RunChanges } from "../fixtures/stored-run.ts";
import { makeRun } from "./runs.ts";

function watch(live: boolean) {
  let written = "";
  let now = Date.parse(fixtureTime);
  const output = {
    live,
    layout: createLayout({ columns: 80, colour: false }),
    write(text: string) {
      written += text;
    },
  };
  const shown = createProgress(output, () => now);
  const progress = {
    follow: (run: Run) => shown.follow(viewLocalRun(run)),
    saved: (run: Run) => shown.saved(viewLocalRun(run)),
    stop: () => shown.stop(),
  };
  return {
    progress,
    pass(ms: number) {
      now += ms;
    },
    take() {
      const taken = written;
      written = "";
      return taken;
    },
  };
}

function describeProgress(run: Run, elapsedMs: number, now: number): string {
  return describeView(viewLocalRun(run), elapsedMs, now);
}

const begun = makeRun();

function step(run: Run, message: string, over: RunChanges = {}): Run {
  const state = over.state ?? run.state;
  const log = [...run.log, { at: fixtureTime, state, message }];
  return Run.parse({ ...run, ...phaseDataOf(over.state), ...over, log });
}

const collectingNow = { state: "collecting", script: inFlight("collect", { phase: "running" }) };

test("plain: one line for each step, and none twice", () => {
  const { progress, pass, take } = watch(false);
  progress.follow(begun);
  expect(take()).toBe("   0.0 s  Asked for by kim (terminal).\n");
  pass(1500);
  const collecting = step(begun, "Collecting evidence inside the VM.", { state: "collecting" });
  progress.saved(collecting);
  progress.saved(collecting);
  expect(take()).toBe(
    "   1.5 s  Collecting evidence inside the VM.\n   1.5 s  Run Command collect-1 is being started.\n",
  );
  progress.saved(Run.parse({ ...collecting, ...collectingNow }));
  expect(take()).toBe("   1.5 s  Run Command collect-1 is running.\n");
});

test("plain: what happened before this call is not told again", () => {
  const { progress, pass, take } = watch(false);
  pass(1);
  const { progress: later, take: takeLater } = watch(false);
  progress.stop();
  expect(take()).toBe("");
  const old = { ...begun, log: begun.log.map((entry) => ({ ...entry, at: "2026-11-20T08:00:00.000Z" })) };
  later.follow(old);
  expect(takeLater()).toBe("");
  later.saved(step(old, "kim approved the plan."));
  expect(takeLater()).toBe("   0.0 s  kim approved the plan.\n");
});

test("plain: a log that has lost its oldest entries goes on where it was", () => {
  const { progress, take } = watch(false);
  const long = step(step(begun, "One."), "Two.");
  progress.follow(long);
  take();
  const cut = step(long, "Three.");
  progress.saved({ ...cut, log: cut.log.slice(2) });
  expect(take()).toBe("   0.0 s  Three.\n");
});

test("other runs are not told", () => {
  const { progress, take } = watch(false);
  progress.follow(begun);
  take();
  progress.saved({ ...step(begun, "Somebody else's."), id: "11111111-1111-4111-8111-111111111111" });
  expect(take()).toBe("");
});

test("a first Run Command that takes unusually long is told with what to expect, in seconds; a second one is not", () => {
  const phase = (waitedMs: number, scriptsStarted: number) =>
    Run.parse({
      ...begun,
      ...phaseDataOf("collecting"),
      state: "collecting",
      scriptsStarted,
      script: inFlight("collect", { phase: "running", waitedMs }),
    });
  const hint = "(the first one of a VM may take two minutes)";
  expect(describeProgress(phase(19_000, 1), 19_000, 0)).not.toContain(hint);
  expect(describeProgress(phase(21_000, 1), 21_000, 0)).toContain(`Run Command collect-1 is running ${hint}`);
  expect(describeProgress(phase(21_000, 2), 21_000, 0)).not.toContain(hint);
});

test("live: one line is written over, and gone at the end", () => {
  const { progress, pass, take } = watch(true);
  progress.follow(Run.parse({ ...begun, ...phaseDataOf("collecting"), ...collectingNow }));
  pass(12_300);
  take();
  progress.saved(Run.parse({ ...begun, ...phaseDataOf("collecting"), ...collectingNow }));
  const drawn = take();
  expect(drawn.startsWith("\r\u001b[2K")).toBe(true);
  expect(drawn).toMatch(/looking inside the VM, 12 s \(usually 1-2 min\), gives up at \d\d:\d\d: Run C/);
  progress.saved(step(begun, `Azure is busy\u001b[2J. ${"x".repeat(100)}`, { attempts: 1 }));
  const line = take().slice("\r\u001b[2K".length);
  expect(line).toMatch(/^waiting to begin, 12 s: Azure is busy\. x+\.\.\.$/);
  expect(line.length).toBeLessThan(80);
  progress.stop();
  expect(take()).toBe("\r\u001b[2K");
});

test("a wait says when it gives up: the time that the Run Command is still awaited, from now", () => {
  const running = Run.parse({
    ...begun,
    ...phaseDataOf("collecting"),
    state: "collecting",
    script: inFlight("collect", { phase: "running", awaitMs: 1_020_000, waitedMs: 120_000 }),
  });
  const now = new Date(2026, 10, 30, 1, 0).getTime();
  expect(describeProgress(running, 125_000, now)).toMatch(
    /^looking inside the VM, 2 min 5 s \(usually 1-2 min\), gives up at 01:15: Run/,
  );
});

test("plain: a wait without news says every minute that it goes on", () => {
  vi.useFakeTimers();
  try {
    const { progress, pass, take } = watch(false);
    progress.follow(Run.parse({ ...begun, ...phaseDataOf("collecting"), ...collectingNow }));
    take();
    pass(30_000);
    vi.advanceTimersByTime(30_000);
    expect(take()).toBe("");
    pass(30_000);
    vi.advanceTimersByTime(30_000);
    expect(take().replace(/\s+/g, " ")).toMatch(
      /^ 60\.0 s Still looking inside the VM, 60 s \(usually 1-2 min\), gives up at \d\d:\d\d: Run Command/,
    );
    progress.stop();
  } finally {
    vi.useRealTimers();
  }
});

test("plain: the summary of the outcome is left to the result", () => {
  const { progress, take } = watch(false);
  progress.follow(begun);
  take();
  const outcome = { kind: "healthy", summary: "All is well." };
  progress.saved(step(begun, "All is well.", { state: "ended", outcome }));
  expect(take()).toBe("");
});
