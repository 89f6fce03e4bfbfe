import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rdpKeyPrefix } from "../../lib/core/windows.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
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
import { type Scenario, scenarios } from "./scenarios.ts";
import {
  changes,
  guests,
  look,
  removeCertificates,
  renameRdpKey,
  restart,
  runId,
  some,
  spread,
} from "./scenarios-rig.ts";

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

  describe.skipIf(skip)("interrupted", () => {
    test.each(hardest)("a failure leaves the former state: $name", async (scenario) => {
      await failEverywhere(guest, scenario, points);
    });

    test.each(hardest)("a kill is recovered from: $name", async (scenario) => {
      await killEverywhere(guest, scenario, points);
    });
  });
});

/** A kill in the moment of a call: before the `nth` one of this name, or right after it. */
interface Moment {
  readonly call: "Rename-FileItem" | "Start-RdpService";
  readonly nth: number;
  readonly after: boolean;
}

function killAt(windows: WindowsSimulator, { call, nth, after }: Moment): void {
  let calls = 0;
  windows.onCall = (name) => {
    if (calls > nth || (calls === nth && after)) throw new Error("killed");
    if (name === call) calls += 1;
    if (calls === nth && !after) {
      calls += 1;
      throw new Error("killed");
    }
  };
}

function renames(...nths: number[]): Moment[] {
  return nths.flatMap((nth) => [true, false].map((after) => ({ call: "Rename-FileItem", nth, after }) as const));
}

/** When all is moved, and the journal says so. */
const moved: Moment = { call: "Start-RdpService", nth: 1, after: false };

function nameOf({ call, nth, after }: Moment): string {
  return `${after ? "after" : "before"} ${call} ${nth}`;
}

interface Renaming extends Scenario {
  /** The moments in its work. Its recovery renames at most four times, where it has to make room. */
  readonly moments: readonly Moment[];
  readonly prepare?: (state: WindowsState) => void;
}

function scenarioOf(name: string, moments: readonly Moment[]): Renaming {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`There is no scenario ${name}.`);
  return { ...scenario, moments };
}

const renaming: readonly Renaming[] = [
  {
    name: "RDP key that SYSTEM cannot read, renamed aside",
    faults: ["key-corrupt"],
    prepare: ({ files }) => {
      for (const [path, file] of Object.entries(files)) {
        if (path.includes(rdpKeyPrefix)) file.sddl = "D:PAI(D;;FA;;;SY)";
      }
    },
    changes: changes(renameRdpKey, removeCertificates, restart),
    cured: ({ handshake }) => handshake.result === "completed",
    moments: [moved, ...renames(1)],
  },
  scenarioOf("corrupt RDP key renamed aside", [moved, ...renames(1)]),
  scenarioOf("MachineKeys folder made anew", [moved, ...renames(1, 2)]),
];

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip).each(renaming)("two kills in a row: $name", (scenario) => {
    const pairs = scenario.moments.flatMap((first) =>
      renames(2, 1, 3, 4).map((second) => ({ first, second, at: `${nameOf(first)}, then ${nameOf(second)}` })),
    );

    test.each(some(guest, pairs, 2))("$at", async ({ first, second }) => {
      const rig = await broken(guest, scenario);
      scenario.prepare?.(rig.windows.state);
      const former = comparableState(rig.windows.state);
      const request = { runId: runId(1), step: "apply-1", changes: rig.changes };
      killAt(rig.windows, first);
      await askDying(guest, rig.windows, "apply", request);
      killAt(rig.windows, second);
      await askDying(guest, rig.windows, "apply", request);
      letGo(rig.windows);
      const { reply } = await apply(rig);
      expect(["rolled-back", "repeated"], reply.reason ?? "").toContain(reply.status);
      expect(reply.conflicts).toEqual([]);
      expect(comparableState(rig.windows.state), reply.reason ?? "").toEqual(former);
      const { reply: again } = await apply(rig, "apply-2");
      expect(again).toMatchObject({ status: "done", reason: null, conflicts: [] });
      expect(scenario.cured(await look(modelledGuest, rig.windows))).toBe(true);
      expect((await undo(rig)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(rig.windows.state)).toEqual(former);
    });
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
        expect(comparableState(rig.windows.state)).toEqual(rig.broken);
      }),
      { numRuns: 200 },
    );
  });
});
