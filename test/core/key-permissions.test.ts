import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { machineKeysFolderFault, rdpKeyFault } from "../../lib/core/key-permissions.ts";
import { machineKeysDefault, rdpKeyDefault } from "../../lib/core/windows.ts";

describe("the MachineKeys folder", () => {
  test("is in order with its default, and with more than that", () => {
    expect(machineKeysFolderFault(machineKeysDefault)).toBeNull();
    expect(machineKeysFolderFault({ sddl: "O:SYG:SYD:PAI(A;OICI;FA;;;BA)(A;;FRFW;;;WD)(A;;FA;;;SY)" })).toBeNull();
  });

  test("may belong to SYSTEM or Administrators", () => {
    for (const owner of ["S-1-5-18", "S-1-5-32-544"]) {
      expect(machineKeysFolderFault({ ...machineKeysDefault, owner })).toBeNull();
    }
    expect(machineKeysFolderFault({ ...machineKeysDefault, owner: "S-1-5-21-1-2-3-1001" })).toContain("belongs to");
  });

  test.each([
    ["D:PAI(A;;FA;;;BA)", "Everyone"],
    ["D:PAI(A;;FR;;;WD)(A;;FA;;;BA)", "Everyone"],
    ["D:PAI(A;;0x12019f;;;WD)", "Administrators"],
    ["D:PAI(A;;0x12019f;;;WD)(A;;0x1301bf;;;BA)", "Administrators"],
    ["D:PAI(D;;FR;;;NS)(A;;0x12019f;;;WD)(A;;FA;;;BA)", "denies"],
    ["D:", "Everyone"],
    ["", "Everyone"],
  ])("%s: %s", (sddl, word) => {
    expect(machineKeysFolderFault({ sddl })).toContain(word);
  });

  test("entries that are for files below say nothing about the folder", () => {
    expect(machineKeysFolderFault({ sddl: "D:PAI(A;OICIIO;0x12019f;;;WD)(A;;FA;;;BA)" })).toContain("Everyone");
    expect(machineKeysFolderFault({ sddl: "D:PAI(D;CIIO;FA;;;WD)(A;;0x12019f;;;WD)(A;;FA;;;BA)" })).toBeNull();
  });

  test("flags are read two letters at a time", () => {
    expect(machineKeysFolderFault({ sddl: "D:PAI(A;CIOI;0x12019f;;;WD)(A;CIOI;FA;;;BA)" })).toBeNull();
  });
});

describe("the RDP key", () => {
  test("is in order with its default, inherited entries, and SIDs written out", () => {
    expect(rdpKeyFault(rdpKeyDefault)).toBeNull();
    expect(rdpKeyFault({ sddl: "D:AI(A;ID;FA;;;S-1-5-18)(A;ID;0x1200a9;;;S-1-5-20)" })).toBeNull();
  });

  test("is in order when SYSTEM and TermService have their access through a group, or through the service's own SID", () => {
    expect(rdpKeyFault({ sddl: "D:PAI(A;;FA;;;BA)(A;;FR;;;AU)" })).toBeNull();
    const hash = createHash("sha1").update("TERMSERVICE", "utf16le").digest();
    const service = ["S-1-5-80", ...[0, 4, 8, 12, 16].map((at) => hash.readUInt32LE(at))].join("-");
    expect(rdpKeyFault({ sddl: `D:PAI(A;;FA;;;SY)(A;;FR;;;${service})` })).toBeNull();
  });

  test.each([
    ["D:PAI(A;;FR;;;SY)(A;;FR;;;NS)", "SYSTEM"],
    ["D:PAI(A;;FA;;;SY)(A;;FA;;;BA)", "NETWORK SERVICE"],
    ["D:PAI(D;;FR;;;WD)(A;;FA;;;SY)(A;;FR;;;NS)", "denies"],
  ])("%s: %s", (sddl, word) => {
    expect(rdpKeyFault({ sddl })).toContain(word);
  });
});
