import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparable } from "../../sandbox/windows/comparable.ts";
import type { WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import {
  apply,
  askDying,
  broken,
  failEverywhere,
  interruptAt,
  killEverywhere,
  letGo,
  type Points,
  undo,
} from "./interruptions.ts";
import { scenarios } from "./scenarios.ts";
import { guests, look, runId, some, spread } from "./scenarios-rig.ts";

/** What hung and was ended stays ended, whatever is taken back. */
const exact = scenarios.filter((scenario) => !scenario.undoIsNotExact);

describe.each(guests)("$name", ({ guest, skip }) => {
  const hardest = some(guest, exact, 1);
  const points: Points = (calls) =>
    spread(
      guest,
      Array.from({ length: calls }, (_, at) => at + 1),
      3,
    );

  describe.skipIf(skip)("interrupted", { timeout: 600_000 }, () => {
    test.each(hardest)("a failure leaves the former state: $name", async (scenario) => {
      await failEverywhere(guest, scenario, points);
    });

    test.each(hardest)("a kill is recovered from: $name", async (scenario) => {
      await killEverywhere(guest, scenario, points);
    });
  });
});

/** A kill in the moment of a rename: before the `nth` one, or right after it. */
interface Moment {
  readonly nth: number;
  readonly after: boolean;
}

function killAtRename(windows: WindowsSimulator, { nth, after }: Moment): void {
  let renames = 0;
  windows.onCall = (name) => {
    if (renames > nth || (renames === nth && after)) throw new Error("killed");
    if (name === "Rename-FileItem") renames += 1;
    if (renames === nth && !after) {
      renames += 1;
      throw new Error("killed");
    }
  };
}

function moments(...nths: number[]): Moment[] {
  return nths.flatMap((nth) => [true, false].map((after) => ({ nth, after })));
}

/** The work renames twice; its recovery at most four times, where it has to make room. */
const pairs = moments(1, 2).flatMap((first) => moments(1, 2, 3, 4).map((second) => ({ first, second })));

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("where MachineKeys is made anew", { timeout: 600_000 }, () => {
    test.each(some(guest, pairs, 2))(
      "two kills in the moment of a rename are recovered from: $first, then $second",
      async ({ first, second }) => {
        const scenario = scenarios.find(({ name }) => name === "MachineKeys folder made anew");
        if (!scenario) throw new Error("There is no such scenario.");
        const rig = await broken(guest, scenario);
        const request = { runId: runId(1), step: "apply-1", changes: rig.changes };
        killAtRename(rig.windows, first);
        await askDying(guest, rig.windows, "apply", request);
        killAtRename(rig.windows, second);
        await askDying(guest, rig.windows, "apply", request);
        letGo(rig.windows);
        const { reply } = await apply(rig);
        expect(["rolled-back", "repeated"], reply.reason ?? "").toContain(reply.status);
        expect(comparable(rig.windows.state), reply.reason ?? "").toEqual(rig.broken);
        const { reply: again } = await apply(rig, "apply-2");
        expect(again).toMatchObject({ status: "done", reason: null });
        expect(scenario.cured(await look(modelledGuest, rig.windows))).toBe(true);
        expect((await undo(rig)).reply).toMatchObject({ status: "done", conflicts: [] });
        expect(comparable(rig.windows.state)).toEqual(rig.broken);
      },
    );
  });
});

describe("modelled guest", () => {
  test("a second kill, in the middle of the recovery, is recovered from", async () => {
    const anywhere = fc.record({
      scenario: fc.constantFrom(...exact),
      first: fc.integer({ min: 1, max: 60 }),
      second: fc.integer({ min: 1, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(anywhere, async ({ scenario, first, second }) => {
        const rig = await broken(modelledGuest, scenario);
        const request = { runId: runId(1), step: "apply-1", changes: rig.changes };
        interruptAt(rig.windows, first, { forGood: true });
        await askDying(modelledGuest, rig.windows, "apply", request);
        interruptAt(rig.windows, second, { forGood: true });
        await askDying(modelledGuest, rig.windows, "apply", request);
        letGo(rig.windows);
        const { reply } = await apply(rig, "apply-2");
        expect(["done", "refused"]).toContain(reply.status);
        expect(scenario.cured(await look(modelledGuest, rig.windows))).toBe(true);
        expect((await undo(rig)).reply.status).toBe("done");
        expect(comparable(rig.windows.state)).toEqual(rig.broken);
      }),
      { numRuns: 200 },
    );
  });
});
