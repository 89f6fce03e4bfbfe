import { expect, test } from "vitest";
import { judgeAudit } from "../../scripts/judge-audit.ts";

function report(counts: object, vulnerabilities: object = {}): string {
  const none = { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0 };
  return JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities,
    metadata: { vulnerabilities: { ...none, ...counts } },
  });
}

test("a report without advisories is clean", () => {
  expect(judgeAudit(report({}))).toMatchObject({ kind: "clean" });
});

test("advisories of weight are named, and fail; mild ones are named", () => {
  const found = { jose: { severity: "high" } };
  const { kind, sentence } = judgeAudit(report({ high: 1, total: 1 }, found));
  expect([kind, sentence]).toEqual(["advisories", expect.stringContaining("jose (high)")]);
  expect(judgeAudit(report({ low: 1, total: 1 }, { x: { severity: "low" } }))).toEqual({
    kind: "clean",
    sentence: expect.stringContaining("x (low)"),
  });
});

test.each([
  ["a registry that does not answer the question", '{"message":"405 Method Not Allowed","method":"POST"}'],
  ["no network", '{"error":{"code":"ENOTFOUND","summary":"request failed"}}'],
  ["a proxy's page", "<html>"],
  ["nothing", ""],
  ["an empty object", "{}"],
  ["a report of another form", '{"auditReportVersion":1,"advisories":{}}'],
])("%s is no pass", (_, output) => {
  expect(judgeAudit(output)).toMatchObject({ kind: "not-checked", sentence: expect.stringContaining("NOT checked") });
});
