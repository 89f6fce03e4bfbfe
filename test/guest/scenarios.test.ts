import { describe, expect, test } from "vitest";
import { maximumReplyBytes } from "../../lib/guest/protocol.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparable } from "../../sandbox/windows/comparable.ts";
import { faultNames } from "../../sandbox/windows/faults.ts";
import { scenarios } from "./scenarios.ts";
import { ask, guests, look, readable, runId, windowsWith } from "./scenarios-rig.ts";

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("four beats", () => {
    test.concurrent.each(scenarios)("$name", async ({ faults, changes: make, cured, undoIsNotExact }) => {
      const windows = windowsWith(...faults);
      const broken = comparable(windows.state);
      const before = await look(guest, windows);
      expect(cured(before)).toBe(false);
      const changes = make(before);

      const applied = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes });
      expect(applied.reply).toMatchObject({ status: "done", reason: null, conflicts: [], dropped: [] });
      expect(applied.reply.receipts.map(({ kind, changed }) => ({ kind, changed }))).toEqual(
        changes.map(({ kind }) => ({ kind, changed: true })),
      );
      expect(cured(readable(applied.reply.evidence))).toBe(true);
      const repaired = comparable(windows.state);

      const again = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-2", changes });
      expect(again.reply).toMatchObject({ status: "done", reason: null, conflicts: [] });
      expect(again.reply.receipts.map(({ changed }) => changed)).toEqual(changes.map(() => false));
      expect(comparable(windows.state)).toEqual(repaired);

      const undone = await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(undone.reply).toMatchObject({ status: "done", reason: null, conflicts: [] });
      expect(cured(await look(guest, windows))).toBe(undoIsNotExact ?? false);
      if (!undoIsNotExact) expect(comparable(windows.state)).toEqual(broken);

      const redone = await ask(guest, windows, "undo", { runId: runId(3), step: "undo-1", undoes: runId(2) });
      expect(redone.reply).toMatchObject({ status: "done", reason: null, conflicts: [] });
      expect(comparable(windows.state)).toEqual(repaired);

      const pointless = await ask(guest, windows, "undo", { runId: runId(4), step: "undo-1", undoes: runId(2) });
      expect(pointless.reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparable(windows.state)).toEqual(repaired);
    });
  });
});

describe("replies", () => {
  test("stay below the limit for every fault and for all at once", async () => {
    const sizes = new Map<string, number>();
    for (const name of faultNames) {
      const windows = windowsWith(name);
      const { bytes } = await ask(modelledGuest, windows, "collect", { runId: runId(1), step: "collect-1" });
      sizes.set(name, bytes);
    }
    const all = windowsWith(...faultNames);
    sizes.set("all", (await ask(modelledGuest, all, "collect", { runId: runId(1), step: "collect-1" })).bytes);
    const [largest = ["none", 0]] = [...sizes].sort(([, one], [, other]) => other - one);
    console.log(`largest reply: ${largest[1]} bytes (${largest[0]})`, Object.fromEntries(sizes));
    expect(largest[1]).toBeLessThanOrEqual(maximumReplyBytes);
  });
});
