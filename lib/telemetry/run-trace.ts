import { createHash } from "node:crypto";
import { type Context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";

/**
 * The trace of a run: its id is the run's id without dashes, so that whoever knows a run finds its trace, and every
 * process that works on the run writes into the same one without anything being handed over. The parent of all its spans is
 * made of the run's id too; it is never recorded, and the span of the whole run stands beside the effects.
 */
export function runTrace(runId: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: runId.replaceAll("-", "").toLowerCase(),
    spanId: createHash("sha256").update(runId.toLowerCase()).digest("hex").slice(0, 16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}
