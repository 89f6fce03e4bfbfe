import { describe, expect, test } from "vitest";
import { vmIsRunning } from "../../lib/checks/vm-is-running.ts";
import type { AzureEvidence } from "../../lib/core/azure-evidence.ts";
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

describe("a Spot VM", () => {
  const judged = (edit: Partial<AzureEvidence["vm"]>) => {
    const evidence = healthyEvidence();
    Object.assign(
      evidence.azure.vm,
      { powerState: "deallocated", spot: { evictionPolicy: "Deallocate", maxPrice: -1 } },
      edit,
    );
    return vmIsRunning.run({ ...evidence, guest: null });
  };

  test("that is deallocated may have been evicted, and how to start it is told all the same", () => {
    const { verdict, because, evidence } = judged({});
    expect(verdict).toBe("faulty");
    expect(because).toContain("may have evicted this Spot VM: Azure evicts it for its capacity. Start it: az vm start");
    expect(because.length).toBeLessThanOrEqual(320);
    expect(evidence).toMatchObject({ evictionPolicy: "Deallocate" });
  });

  test("is told its price where one was set", () => {
    expect(judged({ spot: { evictionPolicy: null, maxPrice: 0.5 } }).because).toContain(
      "for a price above 0.5 USD an hour",
    );
    expect(judged({ spot: { evictionPolicy: null, maxPrice: null } }).because).not.toContain("price");
  });

  test("that was only stopped was stopped inside Windows, and one that runs is healthy", () => {
    expect(judged({ powerState: "stopped" }).because).not.toContain("Spot");
    expect(judged({ powerState: "running" })).toMatchObject({ verdict: "healthy" });
    expect(judged({ spot: undefined }).because).not.toContain("Spot");
  });
});
