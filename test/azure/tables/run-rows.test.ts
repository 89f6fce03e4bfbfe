import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readRunRow, runRow } from "../../../lib/azure/tables/run-rows.ts";
import { newRun } from "../../runs/rig.ts";

/** A row that somebody else has written under a run's key. */
function forged(body: string | Uint8Array) {
  return { ...runRow(newRun("repair"), 1), body00: typeof body === "string" ? gzipSync(body) : body };
}

test("a row gives back the run that made it", () => {
  const run = newRun("repair");
  expect(readRunRow(runRow(run, 7))).toEqual({ run, version: 7 });
});

describe("a row that holds no run is refused", () => {
  const run = newRun("repair");
  test.each<[string, Record<string, unknown>]>([
    ["without a body", { ...runRow(run, 1), body00: undefined }],
    ["whose body is no gzip", forged(Buffer.from("run"))],
    ["whose body is no JSON", forged("run")],
    ["of another shape", forged(JSON.stringify({ ...run, state: "approved" }))],
    ["with a plan that no guest would take", forged(JSON.stringify({ ...run, plan: { changes: ["format C:"] } }))],
    ["without a version", { ...runRow(run, 1), version: undefined }],
    ["that unpacks to more than any run has", forged(" ".repeat(65 * 1024 * 1024))],
  ])("%s", (_, row) => {
    expect(() => readRunRow(row)).toThrow();
  });

  test("before it has filled the memory", () => {
    expect(() => readRunRow(forged(" ".repeat(65 * 1024 * 1024)))).toThrow(/larger than/);
  });
});
