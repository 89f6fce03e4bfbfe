import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The repair looks at the whole machine as it was prepared; the other files leave in it what they made. */
class RepairFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isRepair = ({ moduleId }: TestSpecification) => moduleId.endsWith("repair.wine.ts");
    return [...files.filter(isRepair), ...files.filter((file) => !isRepair(file))];
  }
}

/** `npm run test:wine`: the guest's scripts on PowerShell for Windows under Wine; skipped by name where there is no Wine. */
export default defineConfig({
  test: {
    include: ["test/wine/*.wine.ts"],
    globalSetup: "test/wine/set-up.ts",
    // All tests share one pretend machine, and one PowerShell at a time is at work in it.
    fileParallelism: false,
    sequence: { sequencer: RepairFirst },
    // No test measures time: this ends one that hangs.
    testTimeout: 10 * 60_000,
    hookTimeout: 10 * 60_000,
  },
});
