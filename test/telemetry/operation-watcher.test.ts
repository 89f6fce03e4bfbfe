import { type Span, trace } from "@opentelemetry/api";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { fail } from "../../lib/core/problem.ts";
import { createFleetStepper } from "../../lib/fleet/stepper.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createOperationLog, createOperationWatcher } from "../../lib/telemetry/operation-watcher.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { anOperationId, newOperation } from "../fleet/operations.ts";

/* What an operation over many VMs tells of itself, from its first step to its end. */

afterEach(() => vi.restoreAllMocks());

/** The steps of operations whose runs are all refused, with what is told of them. */
async function open() {
  const spans: { name: string; attributes: object }[] = [];
  vi.spyOn(trace, "getTracer").mockReturnValue({
    startSpan(
      name: string,
      { attributes = {} }: { attributes?: object },
      context: Parameters<typeof trace.getSpan>[0],
    ) {
      spans.push({ name, attributes: { ...attributes, trace: trace.getSpanContext(context)?.traceId } });
      return { end: () => {}, setStatus: () => {} } as unknown as Span;
    },
  } as unknown as ReturnType<typeof trace.getTracer>);
  const lines: string[] = [];
  const store = openSqliteStore(":memory:");
  onTestFinished(() => store.close());
  const clock = new FakeClock();
  const nobody = () => Promise.reject(new Error("there is no run"));
  const stepper = createFleetStepper({
    store,
    engine: { get: nobody, signal: nobody },
    service: { start: async () => fail("access-denied", "Nobody may repair this VM.") },
    budget: { allowanceOf: () => ({ reads: 250, writes: 200, deletes: 200, blockedUntil: 0 }) },
    places: 9,
    allowSelfApproval: false,
    now: () => clock.now(),
    watchers: [createOperationWatcher(), createOperationLog((line) => lines.push(line))],
  });
  const { operation, targets } = newOperation(5);
  await store.createOperation(operation, targets);
  const events = () => lines.map((line) => JSON.parse(line).event);
  return { stepper, spans, lines, events };
}

test("an operation that its circuit breaker stops says so, with what became of its VMs", async () => {
  const { stepper, spans, lines, events } = await open();
  while ((await stepper.step(anOperationId)).kind === "more");
  expect(events()).toEqual(["started", "circuit-open", "ended"]);
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ operation: anOperationId, total: 5, counts: { failed: 1 } });
  expect(lines.join()).not.toContain("a test");
  expect(spans.map(({ name }) => name)).toEqual([
    "operation started",
    "operation circuit-open",
    "operation ended",
    "operation repair",
  ]);
  expect(spans.at(-1)?.attributes).toEqual({
    trace: anOperationId.replaceAll("-", ""),
    "rdp.operation.id": anOperationId,
    "rdp.intent": "repair",
    "rdp.trigger": "http",
    "rdp.event": "ended",
    "rdp.outcome": "circuit-open",
    "rdp.vms": 5,
    "rdp.vms_done": 1,
    "rdp.vms.failed": 1,
  });
});

test("a pause, its end and a cancellation are told once each", async () => {
  const { stepper, events } = await open();
  const by = "ada";
  for (const kind of ["pause", "pause", "resume", "cancel", "cancel"] as const) {
    await stepper.signal(anOperationId, { kind, by });
    if (kind === "pause") await stepper.step(anOperationId);
  }
  while ((await stepper.step(anOperationId)).kind === "more");
  expect(events()).toEqual(["started", "paused", "resumed", "cancelled", "ended"]);
});
