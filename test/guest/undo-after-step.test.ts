import { describe, expect, test } from "vitest";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { scenarios } from "./scenarios.ts";
import { ask, guests, look, runId, windowsWith } from "./scenarios-rig.ts";

/*
 * A run that rolls back its later steps alone: what the earlier ones did stays, and can be undone afterwards.
 */

const pairs: [first: string, later: string][] = [
  ["rdp-services-stopped", "firewall-group-disabled"],
  ["firewall-group-disabled", "key-corrupt"],
  ["termservice-disabled", "cipher-policy-ecdsa-only"],
];

function scenarioOf(fault: string) {
  const found = scenarios.find(({ faults }) => faults.length === 1 && faults[0] === fault);
  if (!found) throw new Error(`No scenario is about ${fault} alone.`);
  return found;
}

describe.each(guests)("$name", ({ guest, skip }) => {
  test.skipIf(skip).each(pairs)("after %s, the repair of %s is rolled back alone", async (one, other) => {
    const [first, later] = [scenarioOf(one), scenarioOf(other)];
    const windows = windowsWith(...first.faults, ...later.faults);
    const broken = comparableState(windows.state);
    const send = async (step: string, of: typeof first) => {
      const changes = of.changes(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step, changes });
      expect(reply).toMatchObject({ status: "done", reason: null });
      return changes.map(({ kind }) => kind);
    };

    const kinds = await send("apply-2", first);
    const proven = comparableState(windows.state);
    const laterKinds = await send("apply-10", later);
    const own = { runId: runId(1), step: "undo-11", undoes: runId(1), afterStep: 2 };
    const { reply: rolledBack } = await ask(guest, windows, "undo", own);
    expect(rolledBack).toMatchObject({ status: "done", reason: null, conflicts: [] });
    expect(rolledBack.receipts.map(({ kind }) => kind).sort()).toEqual([...laterKinds].sort());
    expect(comparableState(windows.state)).toEqual(proven);

    const nothing = await ask(guest, windows, "undo", { ...own, step: "undo-12" });
    expect(nothing.reply).toMatchObject({ status: "refused", receipts: [] });
    expect(comparableState(windows.state)).toEqual(proven);

    const whole = { runId: runId(2), step: "undo-1", undoes: runId(1) };
    const { reply: undone } = await ask(guest, windows, "undo", whole);
    expect(undone).toMatchObject({ status: "done", reason: null, conflicts: [] });
    expect(undone.receipts.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
    expect(comparableState(windows.state)).toEqual(broken);
  });
});
