import { expect, test } from "vitest";
import { readTestReport, summarize, type TestReport } from "../../scripts/test-summary.ts";

function report(...files: [name: string, ...statuses: string[]][]): TestReport {
  return {
    testResults: files.map(([name, ...statuses]) => ({
      name: `/checkout/${name}`,
      status: statuses.length === 0 || statuses.includes("failed") ? "failed" : "passed",
      message: statuses.length === 0 ? "cannot be loaded" : "",
      assertionResults: statuses.map((status, at) => ({ status, fullName: `${name} ${at}` })),
    })),
  };
}

test("what passed is counted, and vitest's own exit code stands", () => {
  const all = report(["test/a.test.ts", "passed", "passed"], ["test/b.test.ts", "passed"]);
  expect(summarize(all, 0, true)).toEqual({ lines: ["3 passed, 0 failed"], exitCode: 0 });
  expect(summarize(all, 1, true).exitCode).toBe(1);
});

test.each(["skipped", "pending", "todo", "disabled"])(
  "a test that is %s fails where tools can be installed",
  (status) => {
    const some = report(["test/a.test.ts", "passed", status]);
    expect(summarize(some, 0, true)).toEqual({
      lines: ["failed: test/a.test.ts 1 was skipped, although its tools can be installed here", "1 passed, 1 failed"],
      exitCode: 1,
    });
    expect(summarize(some, 0, false)).toEqual({
      lines: ["skipped: test/a.test.ts 1", "1 passed, 0 failed, 1 skipped"],
      exitCode: 0,
    });
  },
);

test.each(["test/e2e/host/app.test.ts", "test/wine/keys.test.ts", "test/cloud/vm.test.ts"])(
  "%s may be skipped everywhere, by name",
  (name) => {
    const { lines, exitCode } = summarize(report(["test/a.test.ts", "passed"], [name, "skipped"]), 0, true);
    expect({ lines, exitCode }).toEqual({
      lines: [`skipped: ${name} 0`, "1 passed, 0 failed, 1 skipped"],
      exitCode: 0,
    });
  },
);

test("a file that cannot be loaded is a failure, and so is a run without tests", () => {
  expect(summarize(report(["test/a.test.ts", "passed"], ["test/b.test.ts"]), 1, true)).toMatchObject({
    lines: ["failed: /checkout/test/b.test.ts cannot be loaded", "1 passed, 1 failed"],
    exitCode: 1,
  });
  expect(summarize(report(), 0, true)).toEqual({ lines: ["0 passed, 0 failed"], exitCode: 1 });
  expect(summarize(report(["test/a.test.ts", "skipped"]), 0, false).exitCode).toBe(1);
});

test("a run that was killed wrote no report, and has failed", () => {
  const { lines, exitCode } = summarize(readTestReport(""), 143, true);
  expect({ last: lines.at(-1), exitCode }).toEqual({ last: "0 passed, 1 failed", exitCode: 1 });
});
