import { describe, expect, test } from "vitest";
import { machineKeysPermissionsAreDefault } from "../../lib/checks/machine-keys-permissions-are-default.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { folder, inUse, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedBroken } from "./judged.ts";

function judgedWith(facts: Partial<ReturnType<typeof folder>>) {
  return judged(machineKeysPermissionsAreDefault, (guest) => Object.assign(folder(guest), facts));
}

test("more access than the default is named, and no fault", () => {
  const result = judgedWith({ sddl: "D:PAI(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;;0x12019f;;;WD)(A;;FR;;;S-1-5-21-7)" });
  expectHealthy(result, "S-1-5-18, S-1-5-21-7 also have entries");
  expect(judgedWith({}).because).not.toContain("also have entries");
});

test("Administrators may own it", () => {
  expectHealthy(judgedWith({ owner: "S-1-5-32-544" }));
});

const deviations: [string, Partial<ReturnType<typeof folder>>, string][] = [
  ["missing access", { sddl: "D:PAI(A;;FA;;;BA)" }, "Everyone"],
  ["a deny entry", { sddl: "D:PAI(D;;FW;;;NS)(A;;0x12019f;;;WD)(A;;FA;;;BA)" }, "denies"],
  ["a stranger as owner", { owner: "S-1-5-21-7" }, "S-1-5-21-7"],
];

describe.each(deviations)("%s", (_, facts, word) => {
  test("is noted beside a key that serves, even where the handshake fails for another reason", () => {
    expectNoted(judgedWith(facts), word);
    expectNoted(
      judgedBroken(machineKeysPermissionsAreDefault, (guest) => Object.assign(folder(guest), facts)),
      word,
    );
  });

  test("is restored by its permissions beside a key that does not serve", () => {
    const result = judgedBroken(machineKeysPermissionsAreDefault, (guest) => {
      Object.assign(folder(guest), facts);
      Object.assign(inUse(guest).key, { usable: false, code: "0x80090016" });
    });
    expectFaulty(result, ["repair-key-permissions"], word);
  });
});

test("it is a fault where it keeps a certificate that is over from being renewed", () => {
  const judgedOver = (sddl: string) =>
    judgedBroken(machineKeysPermissionsAreDefault, (guest) => {
      folder(guest).sddl = sddl;
      inUse(guest).notAfter = fixtureTime;
    });
  expectFaulty(judgedOver("D:PAI(A;;0x1200a9;;;BA)"), ["repair-key-permissions"], "SessionEnv may not make");
  // Hardened to SYSTEM and Administrators, Windows renews all the same.
  expectNoted(judgedOver("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"), "Everyone");
});

test("a link is noted, and left to people beside a key that does not serve", () => {
  expectNoted(judgedWith({ reparsePoint: true }), "link");
  const broken = judgedBroken(machineKeysPermissionsAreDefault, (guest) => {
    Object.assign(folder(guest), { reparsePoint: true });
    inUse(guest).key.usable = false;
  });
  expectFaulty(broken, [], "link");
});

test("no folder at all comes back with the services", () => {
  const gone = (guest: ReadableGuest) => {
    guest.keys.folder = null;
  };
  expectFaulty(
    judgedBroken(machineKeysPermissionsAreDefault, gone),
    ["restart-rdp-services"],
    "Windows creates it when its services restart",
  );
  expectNoted(judged(machineKeysPermissionsAreDefault, gone), "works nevertheless");
});

test("a descriptor without an access part decides nothing", () => {
  expectUnknown(judgedWith({ sddl: "O:SY" }), "could not be read");
});
