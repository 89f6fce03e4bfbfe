import { describe, expect, test } from "vitest";
import {
  dimensions,
  type Edits,
  items,
  read,
  type SampleName,
  scaleSetInstanceId,
  targets,
  vm,
  vmId,
} from "./samples.ts";

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
      "a server of Azure Arc",
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
      "a scale set beside a VM",
      "metric-vm-availability",
      { [targets]: [vmId, scaleSetInstanceId] },
      { vms: [vm], notes: [expect.stringContaining("Scale sets")] },
    ],
  ])("%s", (_, name, edits, expected) => {
    expect(read(name, edits)).toMatchObject({ ok: true, value: { kind: "fired", ...expected } });
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
