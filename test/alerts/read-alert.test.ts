import { describe, expect, test } from "vitest";
import { plainText } from "../../lib/core/plain-text.ts";
import {
  context,
  dimensions,
  type Edits,
  essentials,
  items,
  type Json,
  read,
  type SampleName,
  scaleSetId,
  targets,
  vm,
  vmId,
} from "./samples.ts";

describe("a sample of every documented type", () => {
  test.each<[SampleName, string, Json[]]>([
    ["metric-vm-availability", "vm-availability", [vm]],
    ["metric-single-resource", "metric:inbound flows+network in total", [vm]],
    ["metric-dynamic-threshold", "metric:inbound flows", [vm]],
    ["log-v2-workspace", "log:rdp key errors", [vm]],
    ["activity-log-restart", "activity-log:microsoft.compute/virtualmachines/restart/action", [vm]],
    ["resource-health", "resource-health", [vm]],
    ["connection-monitor", "connection-monitor", [vm]],
  ])("%s", (name, cause, vms) => {
    expect(read(name)).toMatchObject({ ok: true, value: { kind: "fired", cause, vms } });
  });

  test("the whole of a reading", () => {
    expect(read("metric-vm-availability")).toEqual({
      ok: true,
      value: {
        kind: "fired",
        alertId: expect.stringMatching(/^\/subscriptions\/.*\/providers\/Microsoft\.AlertsManagement\/alerts\//),
        rule: "vm-is-unavailable",
        monitoringService: "Platform",
        severity: "Sev3",
        firedAt: "2026-11-05T08:11:24.371Z",
        vms: [vm],
        cause: "vm-availability",
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestedLimits: { mode: "repair" },
        notes: [],
      },
    });
  });

  test("a body in another schema is told how to become one", () => {
    expect(read("metric-not-common")).toMatchObject({
      ok: false,
      problem: { code: "invalid-input", detail: "schemaId", message: expect.stringContaining("common alert schema") },
    });
  });
});

const instances = "virtualMachineScaleSets/virtualMachines";

describe("ignored, with the reason", () => {
  test.each<[string, SampleName, Edits, string]>([
    ["resolved", "metric-vm-availability", { [`${essentials}.monitorCondition`]: "Resolved" }, "resolved"],
    ["another service", "cost-budget", {}, "CostAlerts"],
    [
      "a service named like a prototype",
      "resource-health",
      { [`${essentials}.monitoringService`]: "constructor" },
      '"constructor"',
    ],
    ["a restart by a user, by metric", "metric-vm-availability", { [`${dimensions}.0.value`]: "Customer" }, "user"],
    ["a deallocation", "activity-log-restart", operation("virtualMachines/deallocate/action"), "on purpose"],
    ["a power-off", "activity-log-restart", operation("virtualMachines/powerOff/action"), "on purpose"],
    ["a deletion", "activity-log-restart", operation("virtualMachines/delete"), "on purpose"],
    ["our own script", "activity-log-restart", operation("virtualMachines/runCommand/action"), "Run Command"],
    ["our own script, managed", "activity-log-restart", operation("virtualMachines/runCommands/write"), "Run Command"],
    ["an operation begun", "activity-log-restart", { [`${context}.status`]: "Started" }, "not ended"],
    ["an operation accepted", "activity-log-restart", { [`${context}.status`]: "Accepted" }, "not ended"],
    ["an operation in progress", "activity-log-restart", { [`${context}.status`]: "In Progress" }, "not ended"],
    [
      "a stop by a user, by health",
      "resource-health",
      { [`${context}.properties.cause`]: "UserInitiated" },
      "UserInitiated",
    ],
    ["health: resolved", "resource-health", { [`${context}.status`]: "Resolved" }, "not Active"],
    ["health: in progress", "resource-health", { [`${context}.status`]: "In Progress" }, "not Active"],
    ["health: updated", "resource-health", { [`${context}.status`]: "Updated" }, "not Active"],
    [
      "health: available",
      "resource-health",
      { [`${context}.properties.currentHealthStatus`]: "Available" },
      "available",
    ],
    ["a workspace alone", "log-v2-workspace", { [items]: ["log-monitor"], [dimensions]: [] }, "no virtual machine"],
    ["a scale set as a whole", "metric-vm-availability", { [targets]: [scaleSetId] }, "dimension VMName"],
    ["a script in an instance", "activity-log-restart", operation(`${instances}/runCommands/write`), "Run Command"],
    ["a deletion of an instance", "activity-log-restart", operation(`${instances}/delete`), "on purpose"],
    ["a reimage of an instance", "activity-log-restart", operation(`${instances}/reimage/action`), "on purpose"],
    [
      "a script in an Arc-enabled server",
      "activity-log-restart",
      { [`${context}.operationName`]: "Microsoft.HybridCompute/machines/runCommands/write" },
      "Run Command",
    ],
  ])("%s", (_, name, edits, word) => {
    const reading = read(name, edits);
    expect(reading).toMatchObject({ ok: true, value: { kind: "ignored", because: expect.stringContaining(word) } });
    expect(Object.keys(reading.ok ? reading.value : {}).sort()).toEqual(["alertId", "because", "kind"]);
  });

  function operation(name: string): Record<string, Json> {
    return { [`${context}.operationName`]: `Microsoft.Compute/${name}` };
  }
});

test("a Connection Monitor is known by its target when the criteria do not tell", () => {
  const edits = { [`${context}.condition.allOf.0.metricNamespace`]: null, [items]: [vmId] };
  expect(read("connection-monitor", edits)).toMatchObject({ ok: true, value: { cause: "connection-monitor" } });
});

test("Resource Health is known in both spellings", () => {
  const edits = { [`${essentials}.monitoringService`]: "ResourceHealth" };
  expect(read("resource-health", edits)).toMatchObject({ ok: true, value: { cause: "resource-health" } });
});

test("who called an operation does not enter the reading", () => {
  const text = JSON.stringify(read("activity-log-restart"));
  for (const personal of ["pat@example.com", "Pat Example", "203.0.113.9"]) expect(text).not.toContain(personal);
});

test("texts are cut, and lose what is no plain text", () => {
  const reading = read("log-v2-workspace", { [`${essentials}.alertRule`]: `a\u0000b\u202e\r\nc${"x".repeat(9000)}` });
  expect(reading).toMatchObject({ ok: true, value: { rule: `ab c${"x".repeat(253)}` } });
  expect(plainText("  \u0007ab\ud83d\ude00", 4)).toBe("ab");
});

test("only the firing decides the key: who delivers, and how the time is written, do not", () => {
  function keyOf(edits: Edits): string {
    const reading = read("metric-vm-availability", edits);
    if (!reading.ok || reading.value.kind !== "fired") throw new Error("not fired");
    return reading.value.key;
  }
  const key = keyOf({});
  expect(keyOf({ [`${essentials}.firedDateTime`]: "2026-11-05T09:11:24.371+01:00" })).toBe(key);
  expect(keyOf({ "data.customProperties": null, [`${essentials}.description`]: "again" })).toBe(key);
  expect(keyOf({ [`${essentials}.firedDateTime`]: "2026-11-05T08:11:25Z" })).not.toBe(key);
  expect(
    keyOf({ [`${essentials}.alertId`]: "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/2" }),
  ).not.toBe(key);
});
