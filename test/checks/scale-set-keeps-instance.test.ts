import { expect, test } from "vitest";
import { longestBecause } from "../../lib/checks/_section.ts";
import { scaleSetKeepsInstance } from "../../lib/checks/scale-set-keeps-instance.ts";
import type { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { expectHealthy, expectNoted, expectUnknown } from "./judged.ts";

const setId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-app";
const policy = {
  upgradeMode: "Manual",
  upgradesImages: false,
  repairAction: null,
  isLatestModel: true,
  protection: "none",
} as const;

function judgedIn(scaleSet: AzureEvidence["vm"]["scaleSet"], scaleSetId: string | null = setId) {
  const evidence = healthyEvidence();
  Object.assign(evidence.azure.vm, { scaleSetId, ...(scaleSet && { scaleSet }) });
  return scaleSetKeepsInstance.run(evidence);
}

test("a VM in no scale set has nothing of it", () => {
  expect(judgedIn(undefined, null).verdict).toBe("not-applicable");
});

test("a VM of a flexible set is told that the set may replace it", () => {
  expectNoted(judgedIn(undefined), "lost when the set replaces it");
});

test("an instance is told the upgrade policy of its set, and whether it has the newest model", () => {
  const result = judgedIn({ ...policy, isLatestModel: false });
  expectNoted(result, "scale set vmss-app (upgrade policy Manual) is lost when it is reimaged or scaled in");
  expect(result.because).toContain("does not have the newest model");
  expect(result.evidence).toMatchObject({ upgradeMode: "Manual", isLatestModel: false, replacedBy: "" });
});

test("a set that acts by itself is told with each of its reasons, and the sentence fits", () => {
  const long = `${setId}-${"x".repeat(50)}`;
  const result = judgedIn({ ...policy, upgradeMode: "Automatic", upgradesImages: true, repairAction: "Replace" }, long);
  expectNoted(result, "");
  expect(result.because.length).toBeLessThanOrEqual(longestBecause);
  expect(result.evidence?.replacedBy).toMatch(/Automatic; .*image.*; .*Replace/);
});

test("a protected instance keeps its repair", () => {
  expectHealthy(judgedIn({ ...policy, upgradeMode: "Automatic", protection: "scale-set-actions" }), "protected");
});

test("an instance that is protected from scale-in is lost by a reimage alone, and its set still upgrades it", () => {
  const result = judgedIn({ ...policy, upgradeMode: "Automatic", repairAction: "Replace", protection: "scale-in" });
  expectNoted(result, "is lost when it is reimaged; it is protected from scale-in");
  expect(result.because).not.toContain("scaled in");
  expect(result.evidence).toMatchObject({ replacedBy: "its upgrade policy is Automatic" });
});

test("a set that could not be read is unknown, with the reason", () => {
  expectUnknown(judgedIn({ unreadable: `The identity lacks a right. ${"x".repeat(400)}` }), "lacks a right");
  expect(judgedIn({ unreadable: "x".repeat(900) }).because.length).toBeLessThanOrEqual(longestBecause);
});
