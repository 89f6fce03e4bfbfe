import { expect, test } from "vitest";
import { accountsCanLogOn } from "../../lib/checks/accounts-can-log-on.ts";
import type { DomainSection, LogOnsSection } from "../../lib/core/log-on.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

function logOns(edit: Partial<LogOnsSection>, domain: Partial<DomainSection> = {}) {
  return judged(accountsCanLogOn, (guest) => {
    guest.logOns = { ...guest.logOns, ...edit };
    guest.domain = { join: "domain", netlogon: "Running Auto", channel: 0, dns: [], ...domain };
  });
}

test("is healthy when nothing failed", () => {
  expectHealthy(judged(accountsCanLogOn), "No log-on failed");
});

test.each([
  ["0xC0000064", "no account of this name"],
  ["0xC000006A", "the password is wrong"],
  ["0xC0000071", "expired"],
  ["0xC0000224", "must be changed"],
  ["0xC0000234", "locked out"],
  ["0xC000015B", "not granted this type of log-on"],
  ["0xC0000193", "the account has expired"],
  ["0xC0000072", "disabled"],
  ["0xC00002EE", "does not say which"],
  ["0xC0001234", "does not know"],
])("%s is its user's, and noted with what it says", (status, word) => {
  expectNoted(logOns({ failed: { [status]: 2 } }), word);
});

const ofTheVm = ["0xC0000388", "0xC0000133", "0xC000005E", "0xC000018D", "0xC0000192"];

test.each(ofTheVm)("%s is the VM's, and a fault where it explains the present", (status) => {
  const failed = { [status]: 4, "0xC000006A": 40 };
  expectFaulty(logOns({ failed, recent: { [status]: 3 } }), [], status);
  expectFaulty(logOns({ failed }, { channel: 1311 }), [], status);
});

test.each(ofTheVm)("%s is noted when it passed, or the VM is in no domain", (status) => {
  expectNoted(logOns({ failed: { [status]: 1 } }), "It passed, or is rare");
  expectNoted(logOns({ failed: { [status]: 40 }, recent: { [status]: 1 } }), "1 times in the last hour");
  expectNoted(logOns({ failed: { [status]: 40 }, recent: { [status]: 9 } }, { join: "workgroup" }), status);
});

test("a failure inside the VM is a fault while it is the rule, in a workgroup too", () => {
  const failed = { "0xC00000DC": 5 };
  expectFaulty(logOns({ failed, recent: failed }, { join: "workgroup" }), [], "0xC00000DC");
  expectNoted(logOns({ failed }, { join: "workgroup" }), "0xC00000DC");
});

test.each([
  ["0xC000009A", "not enough memory"],
  ["0xC0000017", "not enough memory"],
  ["0xC00000FE", "authentication package"],
])("%s is the VM's in a workgroup too", (status, word) => {
  expectFaulty(logOns({ failed: { [status]: 4 }, recent: { [status]: 4 } }, { join: "workgroup" }), [], word);
});

test("blocked NTLM is a fault while it is the rule, and says who needs it", () => {
  const failed = { "0xC0000418": 9 };
  expectFaulty(logOns({ failed, recent: failed }, { join: "workgroup" }), [], "RestrictReceivingNTLMTraffic");
  expectNoted(logOns({ failed }, { join: "workgroup" }), "Local accounts need it");
});

test("log-ons from a clone of the VM are noted, as those from other computers work", () => {
  const result = judged(accountsCanLogOn, (guest) => {
    guest.events = [{ provider: "LsaSrv", id: 6167, status: null, count: 4, last: guest.collectedAt }];
  });
  expectNoted(result, "refused 4 times (event 6167 of LsaSrv)");
  expectNoted(result, "without Sysprep");
});

test("a restricted account may be a member of Protected Users", () => {
  expectNoted(logOns({ failed: { "0xC000006E": 7 } }), "Protected Users");
});

test("public DNS servers that were set by hand are named as the cause of a domain that is not found", () => {
  const failed = { "0xC000005E": 40 };
  expectFaulty(logOns({ failed }, { channel: 1311, dns: ["8.8.8.8"] }), [], "The cause: DNS servers");
});

test("many guesses from public addresses are told as an attack, few or private ones are not", () => {
  expectNoted(logOns({ failed: { "0xC0000064": 400 }, public: 390 }), "somebody is guessing passwords");
  for (const few of [
    logOns({ failed: { "0xC0000064": 400 }, public: 3 }),
    logOns({ failed: { "0xC0000064": 4 }, public: 4 }),
  ]) {
    expect(few.because).not.toContain("somebody is guessing passwords");
  }
});

test("accounts that are locked out are told with the way out", () => {
  expectNoted(logOns({ locked: 1, administrator: "locked" }), "built-in administrator is locked out");
  expectNoted(logOns({ locked: 2 }), "2 local accounts are locked out");
  expectNoted(logOns({ lockOuts: 3 }), "3 times");
});

test("what could not be read is unknown", () => {
  expectUnknown(judgedWithout(accountsCanLogOn, ["logOns"]), "logOns");
});
