import { expect, test } from "vitest";
import { vmIsRunning } from "../../lib/checks/vm-is-running.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";

for (const [powerState, verdict] of [
  ["running", "healthy"],
  ["deallocated", "faulty"],
  ["stopped", "faulty"],
  ["starting", "unknown"],
  ["deallocating", "unknown"],
  ["unknown", "unknown"],
]) {
  test(`${powerState}: ${verdict}`, () => {
    const evidence = healthyEvidence();
    Object.assign(evidence.azure.vm, { powerState });
    const result = vmIsRunning.run({ ...evidence, guest: null });
    expect(result).toMatchObject({ verdict });
    expect(result.restoredBy ?? []).toEqual([]);
  });
}
