import { createHash } from "node:crypto";
import { type Context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";

/**
 * The trace of a run: its id is the run's id without dashes, so the run's id finds its trace, and every
 * process that works on the run writes into the same trace without exchanging anything. The id of the parent span is
 * derived from the run's id too. The parent is never recorded; the span of the whole run is a sibling of the effects.
 */
export function runTrace(runId: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: runId.replaceAll("-", "").toLowerCase(),
    spanId: createHash("sha256").update(runId.toLowerCase()).digest("hex").slice(0, 16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}
