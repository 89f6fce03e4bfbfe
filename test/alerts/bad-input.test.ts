import { describe, expect, test } from "vitest";
import { readAlert } from "../../lib/alerts/read-alert.ts";
import { aboutTheVm, essentials, type Json, pathsOf, read, sample, sampleNames, vm } from "./samples.ts";

/** Without these, no alert is read. */
const required = [
  "schemaId",
  "data",
  "data.essentials",
  "data.essentials.alertId",
  "data.essentials.monitorCondition",
  "data.essentials.monitoringService",
  "data.essentials.firedDateTime",
];
const dimensionName = /\.dimensions\.\d+\.name$/;

/** Fields that decide whether there is anything to do: without one of them, nothing is done. Relative to the context. */
const deciding: Partial<Record<(typeof aboutTheVm)[number], RegExp>> = {
  "activity-log-restart": /^(\.operationName)?$/,
  "resource-health": /^(\.status)?$/,
  "connection-monitor":
    /^(\.condition|\.condition\.allOf|\.condition\.allOf\.0|.*\.dimensions|.*\.dimensions\.1(\.value)?)?$/,
};

describe.each(aboutTheVm)("%s with each field removed in turn", (name) => {
  const paths = pathsOf(sample(name));

  test.each(paths)("%s", (path) => {
    const reading = read(name, { [path]: undefined });
    if (required.includes(path) || dimensionName.test(path)) {
      expect(reading).toMatchObject({ ok: false, problem: { code: "invalid-input", detail: path } });
      return;
    }
    const inContext = path.startsWith("data.alertContext") ? path.slice("data.alertContext".length) : null;
    if (inContext !== null && deciding[name]?.test(inContext)) {
      expect(reading).toMatchObject({ ok: true, value: { kind: "ignored" } });
      return;
    }
    const whole = read(name);
    if (!reading.ok || !whole.ok) throw new Error("not read");
    if (reading.value.kind === "ignored" || whole.value.kind === "ignored") {
      // Without its target the alert names at most a computer.
      expect(path).toMatch(/^data\.essentials\.alertTargetIDs/);
      return;
    }
    const { vms, key } = reading.value;
    expect(key).toBe(whole.value.key);
    expect(vms).toEqual([vm]);
  });
});

describe("what will never be acceptable", () => {
  test.each<[string, Json, string]>([
    ["schemaId", "Microsoft.Insights/LogAlert", "schemaId"],
    ["data", [], "data"],
    [`${essentials}.alertId`, "", `${essentials}.alertId`],
    [`${essentials}.alertId`, "https://example.com/alerts/1", `${essentials}.alertId`],
    [`${essentials}.alertId`, "/subscriptions/s/../../t", `${essentials}.alertId`],
    [`${essentials}.alertId`, "/subscriptions/s?x=1", `${essentials}.alertId`],
    [`${essentials}.alertId`, "/subscriptions/s\u2028t", `${essentials}.alertId`],
    [`${essentials}.alertId`, `/subscriptions/${"s".repeat(2000)}`, `${essentials}.alertId`],
    [`${essentials}.firedDateTime`, "yesterday", `${essentials}.firedDateTime`],
    [`${essentials}.firedDateTime`, 1762330284, `${essentials}.firedDateTime`],
    [`${essentials}.monitorCondition`, "Acknowledged", `${essentials}.monitorCondition`],
    [`${essentials}.severity`, "Sev9", `${essentials}.severity`],
    [`${essentials}.alertRule`, 7, `${essentials}.alertRule`],
    [`${essentials}.alertTargetIDs`, "vm-app-01", `${essentials}.alertTargetIDs`],
    [`${essentials}.alertTargetIDs`, ["a", 1], `${essentials}.alertTargetIDs.1`],
    [`${essentials}.alertTargetIDs`, Array(101).fill("a"), `${essentials}.alertTargetIDs`],
    [`${essentials}.configurationItems`, Array(101).fill("a"), `${essentials}.configurationItems`],
    ["data.alertContext", "text", "data.alertContext"],
    ["data.alertContext.condition.allOf", {}, "data.alertContext.condition.allOf"],
    ["data.alertContext.properties", [1], "data.alertContext.properties"],
    ["data.customProperties", "off", "data.customProperties"],
  ])("%s: %j", (path, value, named) => {
    const reading = read("metric-vm-availability", { [path]: value });
    expect(reading).toMatchObject({
      ok: false,
      problem: {
        code: "invalid-input",
        retryable: false,
        detail: named,
        message: expect.stringContaining(`${named}: `),
      },
    });
    if (typeof value === "string" && value !== "") expect(JSON.stringify(reading)).not.toContain(`"${value}"`);
  });

  test.each([null, undefined, 1, "text", true, [], [{}]])("the body %j", (body) => {
    expect(readAlert(body)).toMatchObject({ ok: false, problem: { code: "invalid-input", detail: "body" } });
  });
});

describe("keys that reach for a prototype", () => {
  const poison = '{"polluted":"yes","rdp-remediation.mode":"off","alertTargetIDs":["x"],"monitorCondition":"Resolved"}';

  test.each(sampleNames)("%s reads as if they were not there", (name) => {
    // As text, because only JSON.parse makes a field of this name.
    const poisoned = JSON.stringify(sample(name)).replaceAll(
      /\{(?=")/g,
      `{"__proto__":${poison},"constructor":{"prototype":${poison}},"prototype":${poison},`,
    );
    expect(readAlert(JSON.parse(poisoned))).toEqual(read(name));
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("a field is never taken from there", () => {
    expect(readAlert(JSON.parse(`{"__proto__":${JSON.stringify(sample("resource-health"))}}`))).toMatchObject({
      ok: false,
    });
  });
});
