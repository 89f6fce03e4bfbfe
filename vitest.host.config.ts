import { defineConfig } from "vitest/config";

/** `npm run e2e:host`: the tests that need a Functions host; they are skipped by name where there is none. */
export default defineConfig({
  test: {
    include: ["test/e2e/host/*.e2e.ts"],
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
