import { metrics } from "@opentelemetry/api";
import type { Run } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import type { RunEvent, WorldEffect } from "../runs/effects.ts";
import { lockoutsOf } from "../scan/find-lockouts.ts";
import { attributeNames, instrumentationScope, metricNames } from "./names.ts";

export interface RunMetrics {
  event(event: RunEvent, effect: WorldEffect, run: Run): void;
  ended(run: Run): void;
}

/** The metrics of runs, each under its name in names.ts. */
export function createRunMetrics(): RunMetrics {
  const meter = metrics.getMeter(instrumentationScope);
  const runs = meter.createCounter(metricNames.runs, { description: "Runs that ended." });
  const causes = meter.createCounter(metricNames.causes, { description: "Faulty checks of runs that ended." });
  const lockouts = meter.createCounter(metricNames.lockouts, { description: "What will lock people out of a VM." });
  const timeToRepair = meter.createHistogram(metricNames.timeToRepair, { unit: "s" });
  const guestReplyBytes = meter.createHistogram(metricNames.guestReplyBytes, { unit: "By" });
  const throttles = meter.createCounter(metricNames.throttles, { description: "Answers 429." });

  return {
    event(event, effect, run) {
      if (event.kind === "script-finished" && run.script) {
        guestReplyBytes.record(Buffer.byteLength(event.output), { [attributeNames.script]: run.script.script });
      }
      if (event.kind === "effect-failed" && event.problem.code === "throttled") {
        throttles.add(1, { [attributeNames.effect]: effect.kind });
      }
    },
    ended(run) {
      const outcome = run.outcome?.kind ?? "unknown";
      runs.add(1, {
        [attributeNames.intent]: run.intent,
        [attributeNames.outcome]: outcome,
        [attributeNames.trigger]: run.trigger.kind,
      });
      for (const cause of causesOf(run))
        causes.add(1, { [attributeNames.cause]: cause, [attributeNames.outcome]: outcome });
      for (const { kind } of lockoutsOf(run)) {
        lockouts.add(1, { [attributeNames.lockout]: kind, [attributeNames.vm]: formatVmId(run.vm) });
      }
      if (outcome === "repaired") timeToRepair.record((Date.parse(run.updatedAt) - Date.parse(run.createdAt)) / 1000);
    },
  };
}

/** The checks that were faulty before anything was changed. */
export function causesOf(run: Run): string[] {
  return run.findings.filter(({ verdict }) => verdict === "faulty").map(({ check }) => check);
}
