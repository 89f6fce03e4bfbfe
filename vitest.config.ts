import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    globalSetup: "test/fixtures/report-missing-tools.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests wait for another process: one worker a core, and none spared.
    maxWorkers: "100%",
  },
});
