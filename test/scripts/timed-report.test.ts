import { expect, test } from "vitest";
import { describeTimes, filesOf, suitesOf, TimedReport } from "../../scripts/timed-report.ts";

const file = (name: string, seconds: number, ...states: string[]) => ({
  name: `/checkout/${name}`,
  startTime: 1000,
  endTime: 1000 + seconds * 1000,
  assertionResults: states.map((status) => ({ status })),
});
const report = TimedReport.parse({
  testResults: [
    file("test/guest/a.test.ts", 2, "passed", "failed", "skipped"),
    file("test/runs/machine/b.test.ts", 9, "passed"),
    file("test/runs/c.test.ts", 1, "passed", "pending"),
    file("test/settings.test.ts", 0.5, "passed"),
  ],
});

test("a run's scenarios and seconds are told by suite", () => {
  expect(suitesOf(report, "/checkout/")).toEqual([
    { name: "test", seconds: 0.5, ran: 1, skipped: 0 },
    { name: "test/guest", seconds: 2, ran: 2, skipped: 1 },
    { name: "test/runs", seconds: 10, ran: 2, skipped: 1 },
  ]);
});

test("its files are told slowest first, with one line for all", () => {
  expect(filesOf(report, "/checkout").map(({ name }) => name)).toEqual([
    "test/runs/machine/b.test.ts",
    "test/guest/a.test.ts",
    "test/runs/c.test.ts",
    "test/settings.test.ts",
  ]);
  const lines = describeTimes(report, "/checkout", 12.4, 2);
  expect(lines).toContain("    12.5      5       2  all");
  expect(lines.filter((line) => line.endsWith(".test.ts"))).toHaveLength(2);
  expect(lines.at(-1)).toBe("The whole run took 12 s.");
});
