import { expect, test } from "vitest";
import { machineKeysPermissionsAreDefault } from "../../lib/checks/machine-keys-permissions-are-default.ts";
import { folder } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectUnknown, judged } from "./judged.ts";

function judgedWith(facts: Partial<ReturnType<typeof folder>>) {
  return judged(machineKeysPermissionsAreDefault, (guest) => Object.assign(folder(guest), facts));
}

test("more access than the default is named, and no fault", () => {
  const result = judgedWith({ sddl: "D:PAI(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;;0x12019f;;;WD)(A;;FR;;;S-1-5-21-7)" });
  expectHealthy(result, "S-1-5-18, S-1-5-21-7 have entries");
  expect(judgedWith({}).because).not.toContain("Beside");
});

test("Administrators may own it", () => {
  expectHealthy(judgedWith({ owner: "S-1-5-32-544" }));
});

test.each([
  ["missing access", { sddl: "D:PAI(A;;FA;;;BA)" }, "Everyone"],
  ["a deny entry", { sddl: "D:PAI(D;;FW;;;NS)(A;;0x12019f;;;WD)(A;;FA;;;BA)" }, "denies"],
  ["a stranger as owner", { owner: "S-1-5-21-7" }, "S-1-5-21-7"],
])("%s is restored by its permissions alone", (_, facts, word) => {
  expectFaulty(judgedWith(facts), ["repair-key-permissions"], word);
});

test("a link, and no folder at all, are left to people", () => {
  expectFaulty(judgedWith({ reparsePoint: true }), [], "link");
  const missing = judged(machineKeysPermissionsAreDefault, (guest) => {
    guest.keys.folder = null;
  });
  expectFaulty(missing, [], "restart the VM");
});

test("a descriptor without an access part decides nothing", () => {
  expectUnknown(judgedWith({ sddl: "O:SY" }), "could not be read");
});
