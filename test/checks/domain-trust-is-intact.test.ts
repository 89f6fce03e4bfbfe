import { expect, test } from "vitest";
import { domainTrustIsIntact } from "../../lib/checks/domain-trust-is-intact.ts";
import type { DomainSection } from "../../lib/core/log-on.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

function member(
  edit: Partial<DomainSection>,
  { event, also = () => {} }: { event?: number; also?: (guest: ReadableGuest) => void } = {},
) {
  return judged(domainTrustIsIntact, (guest) => {
    guest.domain = { join: "domain", netlogon: "Running Auto", channel: 0, dns: [], ...edit };
    if (event) guest.events = [{ provider: "Netlogon", id: event, status: null, count: 2, last: guest.collectedAt }];
    also(guest);
  });
}

test("is about members of a domain alone", () => {
  expect(judged(domainTrustIsIntact).verdict).toBe("not-applicable");
  const controller = (guest: ReadableGuest) => {
    guest.system.productType = "domain-controller";
  };
  expect(member({ channel: null }, { also: controller }).verdict).toBe("not-applicable");
});

test("a domain that answers is healthy, also of a hybrid VM", () => {
  expectHealthy(member({}));
  expectHealthy(member({ join: "hybrid" }));
});

test.each([5, 1786, 1787, 1788, 1789])("a channel that the domain refuses (%d) is lost trust", (channel) => {
  const result = member({ channel }, { event: 3210 });
  expectFaulty(result, [], "does not trust this computer");
  expectFaulty(result, [], "event 3210");
  expectFaulty(result, [], "weaken-network-level-authentication");
  expectFaulty(result, [], "Test-ComputerSecureChannel -Repair");
});

test("without network level authentication nothing is said of weakening it", () => {
  const off = (guest: ReadableGuest) => {
    guest.registry["rdp-tcp/UserAuthentication"] = dword(0);
  };
  expect(member({ channel: 5 }, { also: off }).because).not.toContain("weaken-network-level");
});

test("a domain that does not answer is told as such, and DNS servers that were set by hand with it", () => {
  expectFaulty(member({ channel: 1355, dns: ["8.8.8.8"] }), [], "does not answer");
  expectFaulty(member({ channel: 1355, dns: ["8.8.8.8"] }), [], "8.8.8.8");
  expectFaulty(member({ channel: 1311 }, { event: 5719 }), [], "event 5719");
});

test("1311 without an event may only say that nobody needed the channel yet", () => {
  expectNoted(member({ channel: 1311 }), "no event");
});

test("1311 with log-ons that found no domain controller is a domain that does not answer, and public DNS its cause", () => {
  const failed = (guest: ReadableGuest) => {
    guest.logOns.failed = { "0xC000005E": 40 };
  };
  expectFaulty(member({ channel: 1311 }, { also: failed }), [], "40 log-ons failed");
  const result = member({ channel: 1311, dns: ["8.8.8.8 1.1.1.1"] }, { also: failed });
  expectFaulty(result, [], "The cause: DNS servers set by hand in Windows (8.8.8.8, 1.1.1.1) are public");
  expectFaulty(result, [], "-ResetServerAddresses");
  for (const own of ["10.0.0.4", "168.63.129.16", "fd00::53"]) {
    expect(member({ channel: 1311, dns: [own] }, { also: failed }).because).not.toContain("The cause");
  }
});

test.each(["Stopped Disabled", "Stopped Auto", null])("Netlogon as %s is a fault of a member", (netlogon) => {
  expectFaulty(member({ netlogon, channel: null }), [], "Netlogon");
});

test("DNS servers that were set by hand are noted while the domain answers", () => {
  expectNoted(member({ dns: ["10.0.0.4 10.0.0.5"] }), "10.0.0.4");
});

test("of a VM that is joined to Microsoft Entra it tells what a client needs", () => {
  const entra = judged(domainTrustIsIntact, (guest) => {
    guest.domain = { ...guest.domain, join: "entra" };
  });
  expectHealthy(entra, "Network level authentication is on");
  expectHealthy(entra, "If MFA refuses the sign-in method: exclude the app Azure Windows VM Sign-In");
});

test("what could not be read is unknown or noted", () => {
  expectUnknown(judgedWithout(domainTrustIsIntact, ["domain"]), "domain");
  expectNoted(member({ channel: null }), "does not report");
});
