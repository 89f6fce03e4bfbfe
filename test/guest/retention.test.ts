import { describe, expect, test } from "vitest";
import type { GuestRequest } from "../../lib/guest/protocol.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { withFaults } from "../../sandbox/windows/faults.ts";
import { journalRoot } from "../../sandbox/windows/files.ts";
import { foreignKey, healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows, type WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import {
  ask,
  changes,
  enableFirewallGroup,
  guests,
  type MakeChanges,
  readable,
  removeCertificates,
  renameRdpKey,
  restart,
  rigTime,
  runId,
  set,
  weaken,
} from "./scenarios-rig.ts";

const day = 86_400_000;
const gentle = { olderThanDays: 30, atMost: 20 };

/** A Windows with something to repair for many runs, and a clock that tests move. */
function rig(guest: Guest) {
  let now = rigTime.getTime();
  const state = withFaults(healthyWindows(), ["firewall-group-disabled", "key-corrupt"]);
  const windows = simulateWindows(state, { now: () => new Date(now) });
  const request = (run: number, step: string, rest: Partial<GuestRequest>) => ({
    runId: runId(run),
    step,
    notAfter: new Date(now + 600_000).toISOString(),
    ...rest,
  });
  return {
    windows,
    passDays: (days: number) => {
      now += days * day;
    },
    async apply(run: number, make: MakeChanges, retention: GuestRequest["retention"] = null) {
      const { reply: seen } = await ask(modelledGuest, windows, "collect", request(999, "collect-1", {}));
      const list = make(readable(seen.evidence));
      return (await ask(guest, windows, "apply", request(run, "apply-1", { changes: list, retention }))).reply;
    },
    async undo(run: number, undoes: number, retention: GuestRequest["retention"] = null) {
      return (await ask(guest, windows, "undo", request(run, "undo-1", { undoes: runId(undoes), retention }))).reply;
    },
  };
}

const nothing: MakeChanges = () => [];

/** The numbers of the runs that have a journal. */
function journals({ state }: WindowsSimulator): number[] {
  const below = Object.keys(state.files).flatMap((path) =>
    path.startsWith(`${journalRoot}\\0`)
      ? [
          Number(
            path
              .slice(journalRoot.length + 1)
              .split("\\")[0]
              ?.slice(-12),
          ),
        ]
      : [],
  );
  return [...new Set(below)].sort((one, other) => one - other);
}

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("journals of other runs", () => {
    test("go when they are too old, with the keys in them, and the reply says how many", async () => {
      const { windows, passDays, apply, undo } = rig(guest);
      expect(await apply(1, changes(renameRdpKey, removeCertificates, restart))).toMatchObject({
        status: "done",
        journalsDeleted: 0,
      });
      passDays(29);
      expect(await apply(2, enableFirewallGroup, gentle)).toMatchObject({ status: "done", journalsDeleted: 0 });
      const after = comparableState(windows.state);
      passDays(2);
      expect(await apply(3, nothing, gentle)).toMatchObject({ status: "done", journalsDeleted: 1 });
      expect(journals(windows)).toEqual([2, 3]);
      expect(comparableState(windows.state)).toEqual(after);
      expect(await undo(4, 1)).toMatchObject({ status: "refused", receipts: [] });
      expect(await undo(5, 2)).toMatchObject({ status: "done", conflicts: [] });
    });

    test("go when there are too many, the oldest first", async () => {
      const { windows, passDays, apply } = rig(guest);
      for (const run of [1, 2, 3, 4]) {
        await apply(run, nothing);
        passDays(1);
      }
      expect(await apply(5, nothing, { olderThanDays: 30, atMost: 2 })).toMatchObject({
        status: "done",
        journalsDeleted: 2,
      });
      expect(journals(windows)).toEqual([3, 4, 5]);
    });

    test("stay for a day, however many there are", async () => {
      const { windows, apply } = rig(guest);
      for (const run of [1, 2, 3]) await apply(run, nothing);
      expect(await apply(4, nothing, { olderThanDays: 1, atMost: 1 })).toMatchObject({
        status: "done",
        journalsDeleted: 0,
      });
      expect(journals(windows)).toEqual([1, 2, 3, 4]);
    });

    test("stay while they are unfinished, with those that they were rolling back", async () => {
      const { windows, passDays, apply, undo } = rig(guest);
      await apply(1, enableFirewallGroup);
      let calls = 0;
      windows.onCall = (name) => {
        if (name === "Set-FirewallRuleEnabled") calls += 1;
        if (calls > 1) throw new Error("killed");
      };
      await undo(2, 1).catch(() => null);
      windows.onCall = () => {};
      passDays(60);
      expect(await apply(3, nothing, gentle)).toMatchObject({ status: "done", journalsDeleted: 0 });
      expect(journals(windows)).toEqual([1, 2, 3]);
    });

    test("stay when this undo names them, and go when they took back what nobody has any more", async () => {
      const { windows, passDays, apply, undo } = rig(guest);
      await apply(1, enableFirewallGroup);
      const repaired = comparableState(windows.state);
      passDays(20);
      await undo(2, 1);
      passDays(20);
      expect(await apply(3, nothing, gentle)).toMatchObject({ journalsDeleted: 1 });
      expect(journals(windows)).toEqual([2, 3]);
      passDays(20);
      expect(await undo(4, 2, gentle)).toMatchObject({ status: "done", conflicts: [], journalsDeleted: 0 });
      expect(comparableState(windows.state)).toEqual(repaired);
      expect(journals(windows)).toEqual([2, 3, 4]);
    });

    test("what a journalsDeleted undo took back is not taken back once more", async () => {
      const { windows, passDays, apply, undo } = rig(guest);
      const broken = comparableState(windows.state);
      await apply(1, enableFirewallGroup);
      await undo(2, 1);
      for (const path of Object.keys(windows.state.files))
        if (path.includes(runId(2))) delete windows.state.files[path];
      passDays(1);
      expect(await undo(3, 1)).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("stay while a value is weakened", async () => {
      const { windows, passDays, apply } = rig(guest);
      await apply(1, nothing);
      passDays(60);
      const weakenNla = changes(weaken("rdp-tcp/UserAuthentication", 0), restart);
      expect(await apply(2, weakenNla, gentle)).toMatchObject({ status: "done", journalsDeleted: 0 });
      passDays(1);
      expect(await apply(3, nothing, gentle)).toMatchObject({ status: "done", journalsDeleted: 1 });
      expect(journals(windows)).toEqual([2, 3]);
    });

    test("stay when the work was not done", async () => {
      const { windows, passDays, apply } = rig(guest);
      await apply(1, nothing);
      passDays(60);
      const refused = set("policy/UserAuthentication", 1);
      expect(await apply(2, refused, gentle)).toMatchObject({ status: "refused", journalsDeleted: 0 });
      expect(journals(windows)).toEqual([1, 2]);
    });

    test("nothing else in that folder is deleted, and no link is followed", async () => {
      const { windows, passDays, apply } = rig(guest);
      await apply(1, nothing);
      const { files } = windows.state;
      const folder = files[`${journalRoot}\\${runId(1)}`];
      if (!folder) throw new Error("The run has no folder.");
      const stranger = { ...folder, writtenAt: "2020-01-01T00:00:00.000Z" };
      const kept = {
        [`${journalRoot}\\of an administrator`]: stranger,
        [`${journalRoot}\\${runId(8)}`]: { ...stranger, reparsePoint: true },
        [`${journalRoot}\\${runId(8)}\\key`]: foreignKey("somebody else", 100),
        [`${journalRoot}\\${runId(9)}.txt`]: { ...stranger, folder: false },
      };
      Object.assign(files, kept);
      passDays(60);
      expect(await apply(2, nothing, { olderThanDays: 1, atMost: 1 })).toMatchObject({
        status: "done",
        journalsDeleted: 1,
      });
      expect(windows.state.files).toMatchObject(kept);
    });

    test("a journal that cannot be deleted is no failure", async () => {
      const { windows, passDays, apply } = rig(guest);
      await apply(1, nothing);
      passDays(60);
      windows.failOn("Remove-JournalFolder", 1);
      expect(await apply(2, nothing, gentle)).toMatchObject({ status: "done", journalsDeleted: 0 });
      expect(journals(windows)).toEqual([1, 2]);
    });
  });
});
