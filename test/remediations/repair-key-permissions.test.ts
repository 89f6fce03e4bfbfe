import { expect, test } from "vitest";
import { machineKeysDefault, rdpKeyDefault } from "../../lib/core/windows.ts";
import { repairKeyPermissions } from "../../lib/remediations/repair-key-permissions.ts";
import { evidenceWith, folder, inUse, notForced, rdpKey, restart } from "./evidence-with.ts";

const closed = { owner: "S-1-5-18", sddl: "D:PAI(A;;FA;;;BA)" };

test("restores the folder alone when the key is in order", () => {
  const evidence = evidenceWith((guest) => Object.assign(folder(guest), closed));
  expect(repairKeyPermissions.plan(evidence, notForced)).toEqual([
    { kind: "set-acl", target: "machine-keys-folder", to: machineKeysDefault, was: closed },
    restart,
  ]);
});

test("restores the key alone when the folder is in order", () => {
  const evidence = evidenceWith((guest) => Object.assign(rdpKey(guest), closed));
  expect(repairKeyPermissions.plan(evidence, notForced)).toEqual([
    { kind: "set-acl", target: "rdp-key", to: rdpKeyDefault, was: closed },
    restart,
  ]);
});

test("leaves a closed key that no certificate in use leans on", () => {
  const evidence = evidenceWith((guest) => {
    Object.assign(rdpKey(guest), closed);
    inUse(guest).key.file = "0123_other";
  });
  expect(repairKeyPermissions.plan(evidence, notForced)).toEqual([]);
});

test("restores both when both are closed", () => {
  const evidence = evidenceWith((guest) => {
    Object.assign(folder(guest), closed);
    Object.assign(rdpKey(guest), closed);
  });
  expect(repairKeyPermissions.plan(evidence, notForced)).toHaveLength(3);
});

test("leaves a descriptor alone that differs from the default and still gives everybody what they need", () => {
  const evidence = evidenceWith((guest) => {
    folder(guest).sddl = "D:PAI(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;;0x12019f;;;WD)";
    rdpKey(guest).sddl = "D:AI(A;;FA;;;SY)(A;;0x1200a9;;;NS)(A;ID;FA;;;BA)";
  });
  expect(repairKeyPermissions.plan(evidence, notForced)).toEqual([]);
});

test("refuses to follow a link", () => {
  const evidence = evidenceWith((guest) => Object.assign(folder(guest), closed, { reparsePoint: true }));
  expect(repairKeyPermissions.plan(evidence, notForced)).toEqual({ refused: expect.stringContaining("link") });
});

test("refuses when there is no folder to set anything on", () => {
  const evidence = evidenceWith((guest) => {
    guest.keys.folder = null;
  });
  expect(repairKeyPermissions.plan(evidence, notForced)).toEqual({
    refused: expect.stringContaining("restart the VM"),
  });
});
