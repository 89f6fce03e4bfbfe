import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { apart } from "./test/fixtures/apart.ts";
import { LongestFirst } from "./test/fixtures/longest-first.ts";

/** `--sequence.shuffle.files` brings an order of its own. */
const ordersFiles = process.argv.some((option) => option.startsWith("--sequence."));

export default defineConfig({
  test: {
    globalSetup: "test/fixtures/report-missing-tools.ts",
    // Ends a test that hangs. It is no limit on the time that a test may take: that is the machine's affair.
    testTimeout: 15 * 60_000,
    hookTimeout: 15 * 60_000,
    expect: { poll: { timeout: 10 * 60_000 } },
    // Many tests wait for another process, which leaves a core idle: four workers for two cores.
    maxWorkers: availableParallelism() * 2,
    ...(ordersFiles ? {} : { sequence: { sequencer: LongestFirst } }),
    env: {
      // What Node.js compiled for one process serves the others: the workers, and the programs that tests start.
      NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/compiled/", import.meta.url)),
      // PowerShell and Bicep live for seconds: for so long, code is not worth being measured for a better compilation.
      DOTNET_TieredPGO: "0",
      // Each start of a PowerShell would otherwise try to reach its maker.
      POWERSHELL_TELEMETRY_OPTOUT: "1",
      POWERSHELL_UPDATECHECK: "Off",
    },
    projects: [
      {
        extends: true,
        test: {
          // The files that a worker runs share one process: its modules are loaded once, and its PowerShell is started once.
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...apart],
          isolate: false,
          // Node.js loads the modules itself, as it does for users: tests take a tenth less of the processor's time than when
          // Vite wraps them. It leaves out `vi.mock`, which the files with a process of their own use.
          experimental: { viteModuleRunner: false, nodeLoader: false },
          setupFiles: ["test/fixtures/shared-process.ts", "test/fixtures/property-seed.ts"],
        },
      },
      { extends: true, test: { name: "apart", include: [...apart] } },
    ],
  },
});
