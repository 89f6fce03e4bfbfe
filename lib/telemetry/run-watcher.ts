import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { Run } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import type { WorldEffect } from "../runs/effects.ts";
import type { RunEngine } from "../runs/ports.ts";
import type { RunWatcher } from "../runs/stepper.ts";
import { attributeNames, instrumentationScope } from "./names.ts";
import { causesOf, createRunMetrics } from "./run-metrics.ts";
import { runTrace } from "./run-trace.ts";

/*
 * Reports runs to OpenTelemetry. Without a provider the API does nothing at almost no cost, so no
 * switch is needed.
 */

/** Follows runs to their end: one span for each effect, one for the whole run, and the metrics. */
export function createRunWatcher(): RunWatcher {
  const tracer = trace.getTracer(instrumentationScope);
  const metrics = createRunMetrics();
  return {
    performing: (effect, run, work) =>
      inSpan(tracer, effectName(effect), run, async (span) => {
        const event = await work();
        if (event.kind === "effect-failed") tellProblem(span, event.problem.code);
        metrics.event(event, effect, run);
        return event;
      }),
    saved(run, former) {
      if (run.state !== "ended" || former.state === "ended") return;
      const whole = { kind: SpanKind.SERVER, startTime: new Date(run.createdAt), attributes: attributesAtEnd(run) };
      const span = tracer.startSpan(`run ${run.intent}`, whole, runTrace(run.id));
      if (run.outcome?.problem) tellProblem(span, run.outcome.problem.code);
      span.end(new Date(run.updatedAt));
      metrics.ended(run);
    },
  };
}

/** An engine whose runs start with a span for their trigger, linked to the request. */
export function watchStarts<Engine extends RunEngine>(engine: Engine): Engine {
  const tracer = trace.getTracer(instrumentationScope);
  return { ...engine, start: (run) => inSpan(tracer, `trigger ${run.trigger.kind}`, run, () => engine.start(run)) };
}

/** Performs work inside a span of the run's trace, so that its requests to Azure become children. */
function inSpan<T>(tracer: Tracer, name: string, run: Run, work: (span: Span) => Promise<T>): Promise<T> {
  const cause = trace.getActiveSpan()?.spanContext();
  const options = { attributes: attributesOf(run), links: cause ? [{ context: cause }] : [] };
  return tracer.startActiveSpan(name, options, runTrace(run.id), (span) => work(span).finally(() => span.end()));
}

/** Few names, so that they can be grouped; ids are attributes. */
function effectName(effect: WorldEffect): string {
  return effect.kind === "start-script" ? `start-script ${effect.script}` : effect.kind;
}

function tellProblem(span: Span, code: string): void {
  span.setAttribute(attributeNames.problem, code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

function attributesOf(run: Run): Attributes {
  return {
    [attributeNames.runId]: run.id,
    [attributeNames.vm]: formatVmId(run.vm),
    [attributeNames.intent]: run.intent,
    [attributeNames.trigger]: run.trigger.kind,
  };
}

function attributesAtEnd(run: Run): Attributes {
  const outcome = run.outcome?.kind ?? "unknown";
  return { ...attributesOf(run), [attributeNames.outcome]: outcome, [attributeNames.cause]: causesOf(run).join(",") };
}
