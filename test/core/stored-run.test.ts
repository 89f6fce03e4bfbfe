import { describe, expect, test } from "vitest";
import { readRun, UnreadableRun } from "../../lib/core/stored-run.ts";
import { asEnded, storedRun } from "../fixtures/stored-run.ts";

describe("a stored run", () => {
  const run = storedRun(1);

  test("of a later version keeps the fields that this one does not know, at every depth", () => {
    const later = { ...run, future: { more: 1 }, limits: { ...run.limits, patience: 7 } };
    expect(readRun(JSON.stringify(later))).toEqual(later);
  });

  test("of an earlier version gets the defaults of what it does not have", () => {
    const { cleanup: _, earlierPlans: __, limits: ___, ...earlier } = run;
    expect(readRun(JSON.stringify(earlier))).toEqual(run);
  });

  test.each<[string, string, RegExp]>([
    ["in another format", JSON.stringify({ ...run, format: 2 }), /format 2, and this version reads 1/],
    ["without a format", JSON.stringify({ ...run, format: undefined }), /this version reads 1/],
    ["that is no JSON", "{", /no JSON/],
    ["in a state that is not known", JSON.stringify({ ...run, state: "pondering" }), /state/],
    ["that has ended without an outcome", JSON.stringify({ ...asEnded(run), outcome: null }), /outcome/],
    ["that applies without a script", JSON.stringify({ ...run, state: "applying" }), /before|plan|script/],
    ["that waits for a decision on nothing", JSON.stringify({ ...run, state: "awaiting-approval" }), /before|plan/],
  ])("%s is unreadable, and says why", (_, text, why) => {
    expect(() => readRun(text)).toThrow(UnreadableRun);
    expect(() => readRun(text)).toThrow(why);
  });
});
