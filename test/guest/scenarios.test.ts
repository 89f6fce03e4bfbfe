import { describe, expect, test } from "vitest";
import type { ScriptName } from "../../lib/guest/compose.ts";
import { type GuestReply, maximumReplyBytes } from "../../lib/guest/protocol.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { faultNames } from "../../sandbox/windows/faults.ts";
import { scenarios } from "./scenarios.ts";
import { ask, gist, guests, look, readable, runId, some, windowsWith } from "./scenarios-rig.ts";

describe.each(guests)("$name", ({ guest, skip }) => {
  const inFull = some(guest, scenarios, 4);

  describe.skipIf(skip)("four beats", () => {
    test.concurrent.each(scenarios)("$name", async (scenario) => {
      const { faults, cured, undoIsNotExact, weakens } = scenario;
      const windows = windowsWith(...faults);
      const twin = windowsWith(...faults);
      const broken = comparableState(windows.state);
      const before = await look(modelledGuest, windows);
      await look(modelledGuest, twin);
      expect(cured(before)).toBe(false);
      const changes = scenario.changes(before);

      /** The reply to this request, which the model gives too. */
      async function send(script: ScriptName, request: Parameters<typeof ask>[3]): Promise<GuestReply> {
        const { reply } = await ask(guest, windows, script, request);
        if (guest !== modelledGuest)
          expect(gist(reply)).toEqual(gist((await ask(modelledGuest, twin, script, request)).reply));
        return reply;
      }

      const applied = await send("apply", { runId: runId(1), step: "apply-1", changes });
      expect(applied).toMatchObject({ status: "done", reason: null, conflicts: [], dropped: [] });
      expect(applied.receipts.map(({ kind }) => kind)).toEqual(changes.map(({ kind }) => kind));
      expect(applied.receipts.every(({ changed }) => changed)).toBe(true);
      expect(cured(readable(applied.evidence))).toBe(true);
      const repaired = comparableState(windows.state);

      if (inFull.includes(scenario)) {
        const again = await send("apply", { runId: runId(1), step: "apply-2", changes });
        expect(again).toMatchObject({ status: "done", reason: null, conflicts: [] });
        expect(again.receipts.map(({ changed }) => changed)).toEqual(changes.map(() => false));
        expect(comparableState(windows.state)).toEqual(repaired);
      }

      const undone = await send("undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(undone).toMatchObject({ status: "done", reason: null, conflicts: [] });
      expect(cured(readable(undone.evidence))).toBe(undoIsNotExact ?? false);
      if (!undoIsNotExact) expect(comparableState(windows.state)).toEqual(broken);

      if (inFull.includes(scenario)) {
        const redone = await send("undo", { runId: runId(3), step: "undo-1", undoes: runId(2) });
        expect(redone).toMatchObject(weakens ? { status: "refused" } : { status: "done", reason: null, conflicts: [] });
        expect(comparableState(windows.state)).toEqual(weakens ? broken : repaired);

        const pointless = await send("undo", { runId: runId(4), step: "undo-1", undoes: runId(2) });
        expect(pointless).toMatchObject({ status: "refused", receipts: [] });
        expect(comparableState(windows.state)).toEqual(weakens ? broken : repaired);
      }
    });

    test("the whole evidence of a VM with every fault at once", async () => {
      const [windows, twin] = [windowsWith(...faultNames), windowsWith(...faultNames)];
      const request = { runId: runId(1), step: "collect-1" };
      const { reply, bytes } = await ask(guest, windows, "collect", request);
      expect(gist(reply)).toEqual(gist((await ask(modelledGuest, twin, "collect", request)).reply));
      expect(bytes).toBeLessThanOrEqual(maximumReplyBytes);
    });
  });
});

test("replies stay below the limit for every fault and after every repair", async () => {
  const sizes: { what: string; bytes: number }[] = [];
  const request = { runId: runId(1), step: "collect-1" };
  for (const what of faultNames) {
    const { bytes } = await ask(modelledGuest, windowsWith(what), "collect", request);
    sizes.push({ what, bytes });
  }
  for (const { name: what, faults, changes } of scenarios) {
    const windows = windowsWith(...faults);
    const list = changes(await look(modelledGuest, windows));
    const { bytes } = await ask(modelledGuest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
    sizes.push({ what, bytes });
  }
  sizes.sort((one, other) => other.bytes - one.bytes);
  const [largest] = sizes;
  console.log(`The largest reply has ${largest?.bytes} bytes: ${largest?.what}.`);
  expect(largest?.bytes).toBeLessThanOrEqual(maximumReplyBytes);
});
