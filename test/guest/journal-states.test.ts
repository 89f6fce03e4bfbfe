import { describe, expect, test } from "vitest";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { adapterFunctions } from "../../sandbox/windows/adapter-functions.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { journalRoot } from "../../sandbox/windows/files.ts";
import {
  ask,
  changes,
  guests,
  look,
  removeCertificates,
  renameRdpKey,
  restart,
  runId,
  windowsWith,
} from "./scenarios-rig.ts";

/* States in which a script can find the place of its journal. What cannot be journaled is not begun. */

const replaceKey = changes(renameRdpKey, removeCertificates, restart);
const apply = { runId: runId(1), step: "apply-1" };
const undo = { runId: runId(2), step: "undo-1", undoes: runId(1) };

describe.each(guests)("$name", ({ guest, skip }) => {
  async function broken() {
    const windows = windowsWith("key-corrupt");
    return { windows, list: replaceKey(await look(modelledGuest, windows)), before: comparableState(windows.state) };
  }
  const unusable = { status: "journal-unusable", receipts: [], reason: expect.any(String) };

  describe.skipIf(skip)("the place of the journal", () => {
    test("without room: nothing is begun, by a repair or by an undo, and both work when there is room", async () => {
      const { windows, list, before } = await broken();
      const room = windows.state.system.freeDiskMb;
      windows.state.system.freeDiskMb = 0;
      const full = comparableState(windows.state);
      const refused = await ask(guest, windows, "apply", { ...apply, changes: list });
      expect(refused.reply).toMatchObject(unusable);
      expect(comparableState(windows.state)).toEqual(full);
      expect(windows.state.files[journalRoot]).toBeUndefined();

      windows.state.system.freeDiskMb = room;
      expect((await ask(guest, windows, "apply", { ...apply, changes: list })).reply.status).toBe("done");
      windows.state.system.freeDiskMb = 0;
      const repaired = comparableState(windows.state);
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject(unusable);
      expect(comparableState(windows.state)).toEqual(repaired);
      windows.state.system.freeDiskMb = room;
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(before);
    });

    test("on a volume that cannot be written: nothing is begun, and the reply has Windows' own words", async () => {
      const { windows, list, before } = await broken();
      windows.onCall = (name) => {
        if (adapterFunctions[name].changes) throw new Error("The media is write protected. (0x80070013)");
      };
      const { reply } = await ask(guest, windows, "apply", { ...apply, changes: list });
      expect(reply).toMatchObject(unusable);
      expect(reply.reason).toContain("0x80070013");
      windows.onCall = () => {};
      expect(comparableState(windows.state)).toEqual(before);
      expect(windows.state.files[journalRoot]).toBeUndefined();
    });

    test.each([
      ["the root alone", [""]],
      ["the folder of the run", ["", `\\${runId(1)}`]],
    ])("with %s, left by a script that was killed: the step is done, and can be undone", async (_, folders) => {
      const { windows, list, before } = await broken();
      const { adapter, end } = windows.startProcess();
      const Sddl = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
      for (const folder of folders)
        adapter["New-SecuredFolder"]({ Path: journalRoot + folder, Owner: "S-1-5-18", Sddl });
      end();
      expect((await ask(guest, windows, "apply", { ...apply, changes: list })).reply.status).toBe("done");
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(before);
    });

    test("with a first line that was torn: the step is done, and can be undone", async () => {
      const { windows, list, before } = await broken();
      let lines = 0;
      windows.onCall = (name) => {
        lines += name === "Add-JournalLine" ? 1 : 0;
        if (lines > 1) throw new Error("killed");
      };
      await ask(guest, windows, "apply", { ...apply, changes: list }).catch(() => null);
      windows.onCall = () => {};
      const journal = windows.state.files[`${journalRoot}\\${runId(1)}\\journal.jsonl`];
      if (!journal) throw new Error("There is no journal.");
      journal.content = `${journal.content.trimEnd().slice(0, 12)}\n`;
      const next = { ...apply, step: "apply-2", changes: list };
      expect((await ask(guest, windows, "apply", next)).reply.status).toBe("done");
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(windows.state)).toEqual(before);
    });
  });
});
