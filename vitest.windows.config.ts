import { defineConfig } from "vitest/config";

/** Breaks Remote Desktop of the machine on which it runs, and repairs it: only for machines that are thrown away. */
export default defineConfig({
  test: {
    include: ["test/windows/*.windows.ts"],
    testTimeout: 20 * 60_000,
    hookTimeout: 10 * 60_000,
    // Whatever fails, the next fault would begin on a broken machine.
    bail: 1,
    sequence: { shuffle: false },
  },
});
