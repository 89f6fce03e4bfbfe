import { defineConfig } from "vitest/config";

/** `npm run test:wine`: the guest's scripts on PowerShell for Windows under Wine; skipped by name where there is no Wine. */
export default defineConfig({
  test: {
    include: ["test/wine/*.wine.ts"],
    globalSetup: "test/wine/set-up.ts",
    // All tests share one pretend machine, and one PowerShell at a time is at work in it.
    fileParallelism: false,
    // No test measures time: this ends one that hangs.
    testTimeout: 10 * 60_000,
    hookTimeout: 10 * 60_000,
  },
});
