import { describe, expect, test } from "vitest";
import { changeTarget } from "../../lib/core/change.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { apply, broken, failEverywhere, killEverywhere, type Points, undo } from "./interruptions.ts";
import { called, disturb, evidenceOf, plannedFor, remedied } from "./remedied.ts";
import { ask, guests, look, readable, runId, spread, windowsWith } from "./scenarios-rig.ts";

/*
 * What holds for every remediation, from the planner to the last line of the journal: four beats (look, repair, repair
 * again, undo) and three more (fail, kill, precondition), each at every place at which it can happen.
 */

test("every remediation is here", () => {
  expect(Object.keys(called).sort()).toEqual(remediations.map(({ id }) => id).sort());
});

/** The real scripts do those that need the most of them; the scenarios hold the two guests together in the others. */
const hardest = ["rename-machine-keys-folder", "renew-rdp-key", "repair-key-permissions"];

describe.each(guests)("$name", ({ guest, skip }) => {
  const all = guest === modelledGuest;
  const points: Points = (calls) => {
    const every = Array.from({ length: calls }, (_, at) => at + 1);
    return spread(guest, every, 2);
  };

  describe.skipIf(skip).each(all ? remedied : remedied.filter(({ name }) => hardest.includes(name)))(
    "$name",
    (scenario) => {
      const { remediation, faults, cured } = scenario;

      test("a look, and a plan made from it, change nothing", async () => {
        const windows = windowsWith(...faults);
        const before = structuredClone(windows.state);
        const evidence = evidenceOf(await look(guest, windows));
        expect(plannedFor(remediation, evidence).length).toBeGreaterThan(0);
        // The handshake of the look stands in the log of the VM, like that of any client.
        expect({ ...windows.state, events: [] }).toEqual({ ...before, events: [] });
      });

      test("repairs; repairing again changes nothing; undo brings the exact state back", async () => {
        const rig = await broken(guest, scenario);
        expect(cured(await look(modelledGuest, rig.windows))).toBe(false);
        const { reply } = await apply(rig);
        expect(reply).toMatchObject({ status: "done", reason: null });
        expect(reply.receipts.every(({ changed }) => changed)).toBe(true);
        expect(cured(readable(reply.evidence))).toBe(true);
        const repaired = comparableState(rig.windows.state);

        const { reply: again } = await apply(rig, "apply-2");
        expect(again.receipts.filter(({ changed }) => changed)).toEqual([]);
        expect(comparableState(rig.windows.state)).toEqual(repaired);
        // Neither does another run find anything to do.
        expect(plannedFor(remediation, evidenceOf(readable(again.evidence)))).toEqual([]);

        const { reply: undone } = await undo(rig);
        expect(undone).toMatchObject({ status: "done", conflicts: [] });
        expect(comparableState(rig.windows.state)).toEqual(rig.broken);
      });

      test("a failure at any call leaves the exact former state", async () => {
        await failEverywhere(guest, scenario, points);
      });

      test("a kill before any call is recovered from by the next one", async () => {
        await killEverywhere(guest, scenario, points);
      });

      test("nothing is done when the ground of any of its changes has moved", async () => {
        const { changes } = await broken(modelledGuest, scenario);
        for (const change of spread(guest, changes, 1)) {
          const rig = await broken(guest, scenario);
          disturb(rig.windows.state, change);
          const moved = comparableState(rig.windows.state);
          const { reply } = await apply(rig);
          if (change.kind === "set-log-on-right") {
            const target = changeTarget(change);
            expect(reply.status).toBe("done");
            expect(reply.receipts.find((receipt) => receipt.target === target)?.changed).toBe(false);
            continue;
          }
          expect(reply, change.kind).toMatchObject({ status: "refused", receipts: [], reason: expect.any(String) });
          expect(comparableState(rig.windows.state), change.kind).toEqual(moved);
        }
      });

      test("nothing is done after its time, nor twice for one step", async () => {
        const rig = await broken(guest, scenario);
        const late = { runId: runId(1), step: "apply-1", notAfter: "2026-11-21T07:59:59.000Z", changes: rig.changes };
        expect((await ask(guest, rig.windows, "apply", late)).reply.status).toBe("expired");
        expect(comparableState(rig.windows.state)).toEqual(rig.broken);
        if (!all) return;
        await apply(rig);
        const repaired = comparableState(rig.windows.state);
        expect((await apply(rig)).reply).toMatchObject({ status: "repeated", receipts: [] });
        expect(comparableState(rig.windows.state)).toEqual(repaired);
      });
    },
  );
});
