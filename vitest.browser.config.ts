import { defineConfig } from "vitest/config";

/** `npm run test:browser`: the HTML page of a run in Chromium; skipped by name where there is none. */
export default defineConfig({
  test: {
    include: ["test/browser/*.browser.ts"],
    // No test measures time: this ends one that hangs.
    testTimeout: 5 * 60_000,
    hookTimeout: 5 * 60_000,
  },
});
