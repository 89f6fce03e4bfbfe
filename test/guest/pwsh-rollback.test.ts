import { describe, expect, test } from "vitest";
import { machineKeysFolder } from "../../lib/core/windows.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import {
  ask,
  changes,
  guests,
  look,
  removeCertificates,
  renameFolder,
  restart,
  runId,
  windowsWith,
} from "./scenarios-rig.ts";

const real = guests.find(({ kind }) => kind === "pwsh");

describe.skipIf(!hasPwsh || !real)("the real scripts under pwsh, where MachineKeys is made anew", () => {
  test.each([
    // After the two of the journal.
    ["the new folder cannot be made", "New-SecuredFolder", 3],
    ["a key cannot be carried over", "Copy-SecuredFile", 2],
    ["the old folder cannot be put aside", "Rename-FileItem", 1],
    ["the new folder cannot take its place", "Rename-FileItem", 2],
  ] as const)("the old one is in its place again when %s", async (_, name, nth) => {
    if (!real) return;
    const windows = windowsWith("machine-keys-folder-corrupt");
    const list = changes(renameFolder(), removeCertificates, restart)(await look(guests[0].guest, windows));
    const broken = comparableState(windows.state);
    windows.failOn(name, nth);
    const { reply } = await ask(real.guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
    const receipts = [{ kind: "rename-machine-keys-folder", changed: false }];
    expect(reply).toMatchObject({ status: "rolled-back", receipts, conflicts: [] });
    expect(comparableState(windows.state)).toEqual(broken);
  });

  test("the old one is in its place again when the new one cannot take it, and the rollback fails afterwards", async () => {
    for (const { guest, kind } of guests) {
      const windows = windowsWith("machine-keys-folder-corrupt");
      const list = changes(renameFolder(), removeCertificates, restart)(await look(guests[0].guest, windows));
      const names: string[] = [];
      let renames = 0;
      windows.onCall = (name) => {
        names.push(name);
        if (name !== "Rename-FileItem") return;
        renames += 1;
        // The new folder stays where it is, and after it was put back everything that the rollback tries.
        if (renames === 2 || renames > 3) throw new Error("Access is denied. (0x80070005)");
      };
      await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(renames, kind).toBeGreaterThanOrEqual(3);
      expect(windows.state.files[machineKeysFolder], kind).toMatchObject({ folder: true });
    }
  });

  test("a folder that was put aside and is gone is missed, and not taken for one that never went", async () => {
    if (!real) return;
    const windows = windowsWith("machine-keys-folder-corrupt");
    const list = changes(renameFolder(), removeCertificates, restart)(await look(guests[0].guest, windows));
    await ask(real.guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
    for (const path of Object.keys(windows.state.files)) {
      if (path.includes("apply-1-MachineKeys")) delete windows.state.files[path];
    }
    const { reply } = await ask(real.guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
    expect(reply).toMatchObject({ status: "done", conflicts: [expect.stringContaining("is gone")] });
  });
});
