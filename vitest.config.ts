import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    globalSetup: "test/fixtures/report-missing-tools.ts",
    // Ends a test that hangs. It is no limit on the time that a test may take: that is the machine's affair.
    testTimeout: 15 * 60_000,
    hookTimeout: 15 * 60_000,
    // Many tests wait for another process: one worker a core, and none spared.
    maxWorkers: "100%",
  },
});
