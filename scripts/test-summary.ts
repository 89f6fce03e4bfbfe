import { z } from "zod";

/** Needs what no package registry serves: a Functions host, Wine, an Azure subscription. */
const onlyElsewhere = /(?:^|\/)test\/(?:e2e\/host|wine|cloud)\//;

/** As much of vitest's JSON report as is read here. */
export const TestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});
export type TestReport = z.infer<typeof TestReport>;

/** The report that vitest wrote. A run that was ended wrote nothing, which counts as one failure. */
export function readTestReport(text: string): TestReport {
  if (text.trim() !== "") return TestReport.parse(JSON.parse(text));
  const message = "ended without a report: it was killed, or it could not start";
  return { testResults: [{ name: "vitest", status: "failed", message, assertionResults: [] }] };
}

export interface TestSummary {
  /** For people; the last line has the counts. */
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/**
 * `status` is vitest's exit code. `hasTools` says that the machine can install every tool of `npm run tools`: a test
 * that was skipped then fails the run, unless it needs what only other machines have.
 */
export function summarize({ testResults }: TestReport, status: number, hasTools: boolean): TestSummary {
  const tests = testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const skippedTests = tests.filter((test) => ["skipped", "pending", "todo", "disabled"].includes(test.status));
  const unexpected = hasTools ? skippedTests.filter(({ file }) => !onlyElsewhere.test(file.replaceAll("\\", "/"))) : [];
  const failedFiles = testResults.filter((file) => file.status === "failed");
  const passed = tests.filter((test) => test.status === "passed").length;
  // A file that could not even be loaded holds no test, and is a failure all the same.
  const failed =
    tests.filter((test) => test.status === "failed").length +
    failedFiles.filter((file) => file.assertionResults.length === 0).length +
    unexpected.length;
  const skipped = skippedTests.length - unexpected.length;
  return {
    lines: [
      ...skippedTests.filter((test) => !unexpected.includes(test)).map((test) => `skipped: ${test.fullName}`),
      ...unexpected.map((test) => `failed: ${test.fullName} was skipped, although its tools can be installed here`),
      ...failedFiles.map((file) => `failed: ${file.name} ${file.message ?? ""}`),
      `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    ],
    exitCode: failed > 0 || passed === 0 ? 1 : status,
  };
}
