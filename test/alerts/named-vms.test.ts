import { describe, expect, test } from "vitest";
import {
  context,
  dimensions,
  type Edits,
  items,
  read,
  type SampleName,
  scaleSetId,
  scaleSetInstanceId,
  targets,
  vm,
  vmId,
} from "./samples.ts";

/** A metric of a whole scale set, split by a dimension. */
function ofSet(
  dimension: { name: string; value: string },
  metricNamespace = "Microsoft.Compute/virtualMachineScaleSets",
): Edits {
  return {
    [targets]: [scaleSetId],
    [items]: [],
    [dimensions]: [dimension],
    [`${context}.condition.allOf.0.metricNamespace`]: metricNamespace,
  };
}

describe("whom the alert is about", () => {
  const other = { ...vm, name: "vm-app-02" };
  const otherId = vmId.replace("vm-app-01", "vm-app-02");

  test.each<[string, SampleName, Edits, object]>([
    [
      "several targets, each once",
      "metric-vm-availability",
      { [targets]: [vmId, otherId, vmId.toUpperCase()] },
      { vms: [vm, other] },
    ],
    ["a target beats a dimension", "log-v2-workspace", { [targets]: [otherId] }, { vms: [other] }],
    [
      "dimension ResourceId",
      "log-v2-workspace",
      { [`${dimensions}.0.name`]: "resourceID", [items]: [] },
      { vms: [vm] },
    ],
    ["dimension Resource", "log-v2-workspace", { [`${dimensions}.0.name`]: "Resource", [items]: [] }, { vms: [vm] }],
    ["a configuration item that is an id", "log-v2-workspace", { [dimensions]: [] }, { vms: [vm] }],
    [
      "never the machine that watches",
      "connection-monitor",
      { [`${dimensions}.1`]: { name: "SourceResourceId", value: otherId }, [items]: [vmId] },
      { vms: [vm] },
    ],
    [
      "an Arc-enabled server",
      "log-v2-workspace",
      {
        [targets]: [
          vmId
            .replace("microsoft.compute/virtualmachines", "microsoft.hybridcompute/machines")
            .replace("Microsoft.Compute/virtualMachines", "Microsoft.HybridCompute/machines"),
        ],
      },
      { vms: [{ ...vm, kind: "arc-machine" }] },
    ],
    [
      "a scale set as a whole beside a VM",
      "metric-vm-availability",
      { [targets]: [vmId, scaleSetId] },
      { vms: [vm], notes: [expect.stringContaining("Scale sets as a whole")] },
    ],
    [
      "an instance of a uniform scale set, in Azure's lower case",
      "metric-vm-availability",
      { [targets]: [scaleSetInstanceId.toLowerCase()] },
      { vms: [{ ...vm, name: "set-app/0", kind: "scale-set-instance" }], notes: [] },
    ],
    [
      "an instance in the dimension of its set's metric",
      "metric-vm-availability",
      ofSet({ name: "VMName", value: "Set-App_12" }),
      { vms: [{ ...vm, name: "set-app/12", kind: "scale-set-instance" }], notes: [] },
    ],
  ])("%s", (_, name, edits, expected) => {
    expect(read(name, edits)).toMatchObject({ ok: true, value: { kind: "fired", ...expected } });
  });
});

test.each<[string, Edits]>([
  ["another set's instance", ofSet({ name: "VMName", value: "set-other_12" })],
  ["a VM of a flexible set", ofSet({ name: "VMName", value: "set-app_1a2b3c4d" })],
  ["another dimension", ofSet({ name: "Computer", value: "set-app_12" })],
  ["a metric of the guest", ofSet({ name: "VMName", value: "set-app_12" }, "Azure.VM.Windows.GuestMetrics")],
])("%s leads to no instance of the scale set that the alert is about", (_, edits) => {
  expect(read("metric-vm-availability", edits)).toMatchObject({
    ok: true,
    value: { kind: "ignored", because: expect.stringContaining("scale set as a whole") },
  });
});

test.each([["the name of a computer"], ["VM-1", "log-monitor"]])(
  "%s, which the guest chooses, leads to no VM",
  (...names) => {
    const edits = names[0] === "the name of a computer" ? {} : { [items]: names };
    expect(read("log-v2-computer", edits)).toMatchObject({
      ok: true,
      value: { kind: "ignored", because: expect.stringContaining("split it by _ResourceId") },
    });
  },
);
