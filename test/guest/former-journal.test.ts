import { describe, expect, test } from "vitest";
import { journalIsUsable } from "../../lib/checks/journal-is-usable.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { formerJournalRoot, journalRoot } from "../../sandbox/windows/files.ts";
import type { FileState, WindowsState } from "../../sandbox/windows/state.ts";
import { evidenceOf } from "./remedied.ts";
import {
  ask,
  changes,
  guests,
  look,
  removeCertificates,
  renameFolder,
  renameRdpKey,
  restart,
  rigTime,
  runId,
  set,
  some,
  windowsWith,
} from "./scenarios-rig.ts";

/*
 * Earlier versions kept their journals in ProgramData, where every user can create a folder of that name. What they left
 * is still undone and deleted, as long as nobody but SYSTEM and Administrators can have written in it; a folder that
 * somebody prepared there blocks no repair.
 */

const user = "S-1-5-21-1-2-3-1001";
const privateSddl = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
const ours: FileState = {
  folder: true,
  content: "",
  owner: "S-1-5-18",
  sddl: privateSddl,
  reparsePoint: false,
  damagedIndex: false,
};

/** What is not trusted where earlier versions kept their journals. */
const untrusted: [string, FileState][] = [
  ["a user's folder", { ...ours, owner: user, sddl: "D:AI(A;OICIID;FA;;;BA)(A;OICIID;FA;;;BU)" }],
  ["a folder with our permissions that a user owns, who may open it again", { ...ours, owner: user }],
  ["a junction", { ...ours, reparsePoint: true }],
  ["a folder that everybody may read", { ...ours, sddl: `${privateSddl}(A;OICI;FR;;;WD)` }],
  ["a file", { ...ours, folder: false }],
];

/** Puts all journals where an earlier version would have them; what they name moves along. */
function asLeftByEarlierVersion({ files }: WindowsState): void {
  const escaped = (path: string) => JSON.stringify(path).slice(1, -1);
  for (const [path, file] of Object.entries(files)) {
    if (!`${path}\\`.startsWith(`${journalRoot}\\`)) continue;
    delete files[path];
    const content = file.content.replaceAll(escaped(journalRoot), escaped(formerJournalRoot));
    files[formerJournalRoot + path.slice(journalRoot.length)] = { ...file, content };
  }
}

const below = ({ files }: WindowsState, root: string) =>
  Object.keys(files).filter((path) => path.startsWith(`${root}\\`));

/** A VM on which an earlier version replaced the RDP key and its certificate, and its state before that. */
async function repairedByEarlierVersion(guest: Guest, list = changes(renameRdpKey, removeCertificates, restart)) {
  const windows = windowsWith("key-corrupt", "remote-desktop-disabled");
  const broken = comparableState(windows.state);
  const request = { runId: runId(1), step: "apply-1", changes: list(await look(modelledGuest, windows)) };
  expect((await ask(guest, windows, "apply", request)).reply.status).toBe("done");
  const repaired = comparableState(windows.state);
  asLeftByEarlierVersion(windows.state);
  return { windows, broken, repaired, request };
}

const undo = { runId: runId(2), step: "undo-1", undoes: runId(1) };

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("a journal of an earlier version", () => {
    test("is undone where it is, the undo is journaled at the new place, and can be undone", async () => {
      const { windows, broken, repaired } = await repairedByEarlierVersion(guest);
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
      expect(below(windows.state, journalRoot)).toContain(`${journalRoot}\\${runId(2)}\\journal.jsonl`);
      expect(below(windows.state, formerJournalRoot).every((path) => path.includes(runId(1)))).toBe(true);
      // It says itself that it is undone.
      const again = await ask(guest, windows, "undo", { ...undo, runId: runId(3) });
      expect(again.reply).toMatchObject({ status: "refused", receipts: [] });
      const redo = { runId: runId(4), step: "undo-1", undoes: runId(2) };
      expect((await ask(guest, windows, "undo", redo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(repaired);
    });

    test("with the whole key folder in it is undone", async () => {
      const { windows, broken } = await repairedByEarlierVersion(guest, changes(renameFolder(true), restart));
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("is continued where it is by the next step of its run", async () => {
      const { windows, broken, request } = await repairedByEarlierVersion(guest);
      expect((await ask(guest, windows, "apply", request)).reply.status).toBe("repeated");
      const enable = changes(set("terminal-server/fDenyTSConnections", 0), restart)(await look(modelledGuest, windows));
      const next = { runId: runId(1), step: "apply-2", changes: enable };
      expect((await ask(guest, windows, "apply", next)).reply.status).toBe("done");
      expect(below(windows.state, journalRoot).filter((path) => path.includes(runId(1)))).toEqual([]);
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("whose step was interrupted is rolled back before anything else", async () => {
      const windows = windowsWith("key-corrupt");
      const broken = comparableState(windows.state);
      const list = changes(renameRdpKey, removeCertificates, restart)(await look(modelledGuest, windows));
      let isDead = false;
      windows.onCall = (name) => {
        isDead ||= name === "Remove-StoreCertificate";
        if (isDead) throw new Error("killed");
      };
      await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list }).catch(() => null);
      windows.onCall = () => {};
      expect(comparableState(windows.state)).not.toEqual(broken);
      asLeftByEarlierVersion(windows.state);
      const next = { runId: runId(1), step: "apply-1", changes: list };
      expect((await ask(guest, windows, "apply", next)).reply.status).toBe("rolled-back");
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("is deleted when it is due, and the lock beside it stays for scripts of that version", async () => {
      const { windows } = await repairedByEarlierVersion(guest);
      const folder = windows.state.files[`${formerJournalRoot}\\${runId(1)}`];
      if (!folder) throw new Error("The journal has no folder.");
      folder.writtenAt = new Date(rigTime.getTime() - 40 * 86_400_000).toISOString();
      const retention = { olderThanDays: 30, atMost: 20 };
      const next = { runId: runId(5), step: "apply-1", changes: [], retention };
      expect((await ask(guest, windows, "apply", next)).reply).toMatchObject({ status: "done", journalsDeleted: 1 });
      expect(below(windows.state, formerJournalRoot)).toEqual([]);
      expect(windows.state.files[formerJournalRoot]).toBeDefined();
    });

    test("counts among the journals that are kept", async () => {
      const { windows } = await repairedByEarlierVersion(guest);
      const folder = windows.state.files[`${formerJournalRoot}\\${runId(1)}`];
      if (!folder) throw new Error("The journal has no folder.");
      folder.writtenAt = new Date(rigTime.getTime() - 2 * 86_400_000).toISOString();
      await ask(guest, windows, "apply", { runId: runId(4), step: "apply-1", changes: [] });
      const retention = { olderThanDays: 30, atMost: 1 };
      const next = { runId: runId(5), step: "apply-1", changes: [], retention };
      expect((await ask(guest, windows, "apply", next)).reply).toMatchObject({ status: "done", journalsDeleted: 1 });
    });

    test("keeps a script of this version out while one of that version holds its lock", async () => {
      const { windows } = await repairedByEarlierVersion(guest);
      const other = windows.startProcess();
      other.adapter["Lock-JournalFolder"]({ Path: `${formerJournalRoot}\\lock` });
      const before = comparableState(windows.state);
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(before);
      other.end();
      expect((await ask(guest, windows, "undo", undo)).reply.status).toBe("done");
    });

    test("beside one at the new place is neither undone nor continued nor deleted, and both are named", async () => {
      const { windows, request } = await repairedByEarlierVersion(guest);
      for (const path of below(windows.state, formerJournalRoot)) {
        const file = windows.state.files[path];
        if (file) windows.state.files[journalRoot + path.slice(formerJournalRoot.length)] = structuredClone(file);
      }
      windows.state.files[journalRoot] = { ...ours };
      const before = structuredClone(windows.state);
      const undone = (await ask(guest, windows, "undo", undo)).reply;
      const next = (await ask(guest, windows, "apply", { ...request, step: "apply-2" })).reply;
      expect(undone).toMatchObject({ status: "refused", receipts: [] });
      expect(next).toMatchObject({ status: "journal-unusable", receipts: [] });
      for (const { reason } of [undone, next]) {
        for (const root of [journalRoot, formerJournalRoot]) expect(reason).toContain(`${root}\\${runId(1)}`);
      }
      expect(comparableState(windows.state)).toEqual(comparableState(before));
      for (const path of [...below(before, journalRoot), ...below(before, formerJournalRoot)]) {
        expect(windows.state.files[path]?.content).toBe(before.files[path]?.content);
      }
    });
  });

  describe.skipIf(skip)("what is not trusted where journals were before", () => {
    test.each(some(guest, untrusted, 2))("%s blocks no repair and its undo, and is not touched", async (_, planted) => {
      const windows = windowsWith("key-corrupt", "remote-desktop-disabled");
      const broken = comparableState(windows.state);
      windows.state.files[formerJournalRoot] = { ...planted };
      windows.state.files[`${formerJournalRoot}\\${runId(1)}`] = { ...planted };
      const list = changes(renameRdpKey, removeCertificates, restart)(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply.status).toBe("done");
      expect(journalIsUsable.run(evidenceOf(await look(guest, windows)))).toMatchObject({ verdict: "healthy" });
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
      const { content, owner, sddl } = planted;
      for (const path of [formerJournalRoot, `${formerJournalRoot}\\${runId(1)}`]) {
        expect(windows.state.files[path]).toMatchObject({ content, owner, sddl });
      }
      expect(below(windows.state, formerJournalRoot)).toEqual([`${formerJournalRoot}\\${runId(1)}`]);
    });

    test("a link to nowhere blocks no repair, and is named when a journal is to be undone", async () => {
      const windows = windowsWith("key-corrupt");
      windows.state.files[formerJournalRoot] = { ...ours, owner: user, reparsePoint: true };
      const list = changes(renameRdpKey, removeCertificates, restart)(await look(modelledGuest, windows));
      // Windows reads the permissions of what a link leads to.
      windows.onCall = (name, parameters) => {
        const isLink = name === "Get-FileFacts" && "Path" in parameters && parameters.Path === formerJournalRoot;
        if (isLink) throw new Error("The system cannot find the path specified. (0x80070003)");
      };
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply.status).toBe("done");
      const gone = await ask(guest, windows, "undo", { ...undo, undoes: runId(7) });
      expect(gone.reply).toMatchObject({ status: "journal-unusable", receipts: [] });
      expect(gone.reply.reason).toContain(formerJournalRoot);
      expect((await ask(guest, windows, "undo", { ...undo, runId: runId(3) })).reply.status).toBe("done");
    });

    test.each(some(guest, untrusted, 2))(
      "%s is named, and who to look for, when a journal in it is to be undone",
      async (_, planted) => {
        const { windows } = await repairedByEarlierVersion(guest);
        windows.state.files[formerJournalRoot] = { ...planted };
        const before = comparableState(windows.state);
        const { reply } = await ask(guest, windows, "undo", undo);
        expect(reply).toMatchObject({ status: "journal-unusable", receipts: [] });
        expect(reply.reason).toContain(`${formerJournalRoot}`);
        expect(reply.reason).toContain("Find out who made it");
        expect(comparableState(windows.state)).toEqual(before);
      },
    );

    test("is told for the folder of the run as well", async () => {
      const { windows } = await repairedByEarlierVersion(guest);
      Object.assign(windows.state.files[`${formerJournalRoot}\\${runId(1)}`] ?? {}, { owner: user });
      const { reply } = await ask(guest, windows, "undo", undo);
      expect(reply.status).toBe("journal-unusable");
      expect(reply.reason).toContain(`${formerJournalRoot}\\${runId(1)}`);
    });

    test("keeps the step of its run from rolling back, and no longer when its permissions are restored", async () => {
      const { windows, broken } = await repairedByEarlierVersion(guest);
      Object.assign(windows.state.files[formerJournalRoot] ?? {}, { owner: user });
      const { reply } = await ask(guest, windows, "undo", { ...undo, runId: runId(1) });
      expect(reply).toMatchObject({ status: "journal-unusable", receipts: [] });
      Object.assign(windows.state.files[formerJournalRoot] ?? {}, { owner: ours.owner });
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("holds no key that a journal at the new place may name", async () => {
      const { windows } = await repairedByEarlierVersion(guest);
      expect((await ask(guest, windows, "undo", undo)).reply.status).toBe("done");
      // The undo names files in the former folder, which somebody has opened since.
      Object.assign(windows.state.files[formerJournalRoot] ?? {}, { sddl: `${privateSddl}(A;OICI;FA;;;BU)` });
      const before = comparableState(windows.state);
      const redo = { runId: runId(4), step: "undo-1", undoes: runId(2) };
      const { reply } = await ask(guest, windows, "undo", redo);
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(before);
    });
  });
});
