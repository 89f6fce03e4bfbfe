import { describe, expect, test } from "vitest";
import { comparable } from "../../sandbox/windows/comparable.ts";
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
    ["the new folder cannot be made", "New-SecuredFolder", 1],
    ["a key cannot be carried over", "Copy-SecuredFile", 2],
    ["the old folder cannot be put aside", "Rename-FileItem", 1],
    ["the new folder cannot take its place", "Rename-FileItem", 2],
  ] as const)("the old one is in its place again when %s", async (_, name, nth) => {
    if (!real) return;
    const windows = windowsWith("machine-keys-folder-corrupt");
    const list = changes(renameFolder(), removeCertificates, restart)(await look(guests[0].guest, windows));
    const broken = comparable(windows.state);
    windows.failOn(name, nth);
    const { reply } = await ask(real.guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
    expect(reply).toMatchObject({ status: "rolled-back", receipts: [], conflicts: [] });
    expect(comparable(windows.state)).toEqual(broken);
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
