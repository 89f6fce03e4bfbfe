import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  folderDeviation,
  keyDeviation,
  onlyGrants,
  sessionEnvMayMakeKeys,
  sessionEnvMayRenew,
  termServiceMayRead,
} from "../../lib/core/key-permissions.ts";
import { parseDacl } from "../../lib/core/sddl.ts";
import { machineKeysDefault, sessionEnvSid } from "../../lib/core/windows.ts";

/** A service SID is the SHA-1 of the service's name in capitals, UTF-16. */
function serviceSid(name: string): string {
  const hash = createHash("sha1").update(name.toUpperCase(), "utf16le").digest();
  return ["S-1-5-80", ...[0, 4, 8, 12, 16].map((at) => hash.readUInt32LE(at))].join("-");
}

test("the SID of SessionEnv is made of its name", () => {
  expect(sessionEnvSid).toBe(serviceSid("SessionEnv"));
});

describe("the MachineKeys folder differs from the default", () => {
  test("in nothing with its default, and with more than that", () => {
    expect(folderDeviation(machineKeysDefault)).toBeNull();
    expect(folderDeviation({ sddl: "O:SYG:SYD:PAI(A;OICI;FA;;;BA)(A;;FRFW;;;WD)(A;;FA;;;SY)" })).toBeNull();
  });

  test("by an owner that is neither SYSTEM nor Administrators", () => {
    for (const owner of ["S-1-5-18", "S-1-5-32-544"]) {
      expect(folderDeviation({ ...machineKeysDefault, owner })).toBeNull();
    }
    expect(folderDeviation({ ...machineKeysDefault, owner: "S-1-5-21-1-2-3-1001" })).toContain("belongs to");
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
    expect(folderDeviation({ sddl })).toContain(word);
  });

  test("by no entry that is for files below", () => {
    expect(folderDeviation({ sddl: "D:PAI(A;OICIIO;0x12019f;;;WD)(A;;FA;;;BA)" })).toContain("Everyone");
    expect(folderDeviation({ sddl: "D:PAI(D;CIIO;FA;;;WD)(A;;0x12019f;;;WD)(A;;FA;;;BA)" })).toBeNull();
  });

  test("hardened to SYSTEM and Administrators, SessionEnv makes keys in it all the same", () => {
    expect(sessionEnvMayMakeKeys({ sddl: "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)" })).toBe(true);
    expect(sessionEnvMayMakeKeys({ sddl: "D:PAI(A;;0x1200a9;;;BA)" })).toBe(false);
  });
});

describe("the RDP key", () => {
  test.each([
    ["9600 and 14393", 14393, "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FR;;;BA)"],
    ["17763, 20348 and 26100", 26100, `D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnvSid})`],
    ["a grant in two parts", 20348, `D:PAI(A;;FA;;;SY)(A;;0x20089;;;NS)(A;;0x100000;;;NS)(A;;FA;;;${sessionEnvSid})`],
  ])("as builds %s make it: serves, can be renewed, differs in nothing", (_, build, sddl) => {
    expect(termServiceMayRead({ sddl })).toBe(true);
    expect(sessionEnvMayRenew({ sddl })).toBe(true);
    expect(keyDeviation({ sddl }, build)).toBeNull();
  });

  test.each([
    ["by inherited entries", "D:AI(A;ID;FA;;;S-1-5-18)(A;ID;0x1200a9;;;S-1-5-20)"],
    ["by a group", "D:PAI(A;;FA;;;BA)(A;;FR;;;AU)"],
    ["by the service's own SID", `D:PAI(A;;FA;;;SY)(A;;FR;;;${serviceSid("TermService")})`],
    ["although somebody else is denied", "D:PAI(D;;FR;;;BG)(A;;FA;;;SY)(A;;FR;;;NS)"],
  ])("serves TermService %s", (_, sddl) => {
    expect(termServiceMayRead({ sddl })).toBe(true);
  });

  test.each([
    ["no entry", "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)"],
    ["a deny for everybody", "D:PAI(D;;FR;;;WD)(A;;FA;;;SY)(A;;FR;;;NS)"],
    ["a deny of an object", "D:PAI(OD;;FR;bf967aba-0de6-11d0-a285-00aa003049e2;;NS)(A;;FA;;;SY)(A;;FR;;;NS)"],
    ["a deny with a condition", "D:PAI(XD;;FR;;;NS;(Exists a))(A;;FA;;;SY)(A;;FR;;;NS)"],
  ])("does not serve TermService with %s", (_, sddl) => {
    expect(termServiceMayRead({ sddl })).toBe(false);
  });

  test.each([
    ["SYSTEM", "D:PAI(A;;FR;;;SY)(A;;FR;;;NS)"],
    ["SessionEnv", "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)"],
    ["Everyone may read", "D:AI(A;;FA;;;WD)(A;;FA;;;SY)(A;;FA;;;BA)"],
    [
      "S-1-5-21-1-2-3-1001 may read",
      `D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnvSid})(A;;FR;;;S-1-5-21-1-2-3-1001)`,
    ],
    ["denies", `D:PAI(D;;0x100;;;BU)(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnvSid})`],
  ])("differs: %s", (word, sddl) => {
    expect(keyDeviation({ sddl }, 20348)).toContain(word);
  });

  test("a condition is read with its brackets", () => {
    const entries = parseDacl("D:PAI(XA;;FR;;;WD;(Member_of {SID(BA)}))(A;;FA;;;SY)");
    expect(entries?.map(({ type, text }) => [type, text])).toEqual([
      ["other", "(XA;;FR;;;WD;(Member_of {SID(BA)}))"],
      ["allow", "(A;;FA;;;SY)"],
    ]);
  });
});

describe("only grants", () => {
  const was = "D:PAI(D;;FR;;;NS)(A;;FA;;;SY)";
  test.each([
    ["adds what Windows gives", "D:PAI(D;;FR;;;NS)(A;;FA;;;SY)(A;;FR;;;NS)", true],
    ["drops a deny in the way", "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)", true],
    ["adds somebody else", `${was}(A;;FR;;;WD)`, false],
    ["adds more than Windows gives", `${was}(A;;FA;;;NS)`, false],
    ["drops who is allowed", "D:PAI(D;;FR;;;NS)", false],
    ["takes the protection away", "D:AI(D;;FR;;;NS)(A;;FA;;;SY)", false],
    ["opens it to everybody", "D:NO_ACCESS_CONTROL", false],
  ])("%s: %s", (_, to, expected) => {
    expect(onlyGrants("rdp-key", was, to)).toBe(expected);
  });

  test("a deny of somebody who does not use the key stays", () => {
    expect(onlyGrants("rdp-key", "D:PAI(D;;FR;;;BG)(A;;FA;;;SY)", "D:PAI(A;;FA;;;SY)")).toBe(false);
  });
});
