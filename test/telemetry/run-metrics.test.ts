import { metrics } from "@opentelemetry/api";
import { afterEach, expect, test, vi } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { formatVmId } from "../../lib/core/vm-id.ts";
import { createRunMetrics } from "../../lib/telemetry/run-metrics.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { asEnded, storedRun } from "../fixtures/stored-run.ts";

afterEach(() => vi.restoreAllMocks());

/** What is counted at the end of a run, by the metric's name. */
function counted(changes: Pick<Run, "before" | "after">): Record<string, unknown[]> {
  const added: Record<string, unknown[]> = {};
  const instrument = (name: string) => ({
    add: (_: number, attributes: unknown) => (added[name] = [...(added[name] ?? []), attributes]),
    record: () => {},
  });
  vi.spyOn(metrics, "getMeter").mockReturnValue({
    createCounter: instrument,
    createHistogram: instrument,
  } as unknown as ReturnType<typeof metrics.getMeter>);
  createRunMetrics().ended(asEnded(storedRun(1), changes));
  return added;
}

test("what will lock people out is counted by kind and VM, from the newest evidence", () => {
  const before = healthyEvidence();
  const after = healthyEvidence();
  after.azure.vm.agent = { status: "Ready", version: "2.7.1.0" };
  const expected = [{ "rdp.lockout": "agent-too-old", "rdp.vm": formatVmId(storedRun(1).vm) }];
  expect(counted({ before, after })["rdp.lockouts"]).toEqual(expected);
  expect(counted({ before: after, after: null })["rdp.lockouts"]).toEqual(expected);
  expect(counted({ before: after, after: before })).not.toHaveProperty("rdp.lockouts");
  expect(counted({ before: null, after: null })).not.toHaveProperty("rdp.lockouts");
});
