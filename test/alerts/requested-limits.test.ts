import { describe, expect, test } from "vitest";
import { readRequestedLimits } from "../../lib/alerts/requested-limits.ts";
import { type Json, read } from "./samples.ts";

const mode = "rdp-remediation.mode";
const risk = "rdp-remediation.maximum-risk";

test("of two places the milder value counts", () => {
  const places = [
    { [mode]: "repair", [risk]: "low" },
    { [mode]: " Report ", [risk]: "reboots" },
  ];
  expect(readRequestedLimits(places)).toEqual({ limits: { mode: "report", maximumRisk: "low" }, notes: [] });
});

test("nothing is limited where the rule says nothing", () => {
  expect(readRequestedLimits([{}, { [mode]: null }])).toEqual({ limits: {}, notes: [] });
});

describe("a strange value is ignored and noted", () => {
  test.each<[string, Json, string]>([
    ["an unknown word", "always", '"always"'],
    ["the name of a prototype's field", "constructor", '"constructor"'],
    ["a number", 3, "not text"],
    ["an object", { toString: "off" }, "not text"],
    ["a long text with control characters", `\u001b[31m${"x".repeat(999)}`, `"${"x".repeat(35)}"`],
  ])("%s", (_, value, quoted) => {
    for (const name of [mode, risk]) {
      const note = expect.stringContaining(`${name} is ${quoted};`);
      expect(readRequestedLimits([{ [name]: value }, { [name]: value }])).toEqual({ limits: {}, notes: [note] });
    }
  });
});

test("limits are read beside the alert and inside its context", () => {
  const beside = { "data.customProperties": { [mode]: "off", [risk]: "enormous" } };
  const expected = {
    requestedLimits: { mode: "off", maximumRisk: "interrupts-sessions" },
    notes: [expect.stringContaining("enormous")],
  };
  expect(read("log-v2-workspace", beside)).toMatchObject({ ok: true, value: expected });
});
