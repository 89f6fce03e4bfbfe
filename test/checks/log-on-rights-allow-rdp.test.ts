import { expect, test } from "vitest";
import { logOnRightsAllowRdp } from "../../lib/checks/log-on-rights-allow-rdp.ts";
import type { DomainSection, RightsSection } from "../../lib/core/log-on.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

/** By name alone: no check plans it. */
const restored: string[] = [];

function rights(held: RightsSection["held"], members: number | null = 0, join: DomainSection["join"] = "workgroup") {
  return judged(logOnRightsAllowRdp, (guest) => {
    guest.rights = { held, members };
    guest.domain = { join, netlogon: "Running Auto", channel: 0, dns: [] };
  });
}

/** Nobody holds this right. */
function without(right: "i" | "n" | "r" | "s") {
  return rights({ [right]: "" });
}

test("the rights of Windows Server by default are healthy, and so is hardening", () => {
  expectHealthy(rights({}), "Administrators, Remote Desktop Users");
  expectHealthy(rights({ r: "BA", n: "AU BA" }));
  expectHealthy(
    rights({ r: "BA", n: "AU BA", i: "BA", dr: "L +1", dn: "L +1" }, 0, "domain"),
    "Local accounts are denied",
  );
  expectHealthy(rights({ r: "BU" }));
});

test.each(["dr", "di", "dn"] as const)(
  "a deny (%s) of a broad group is a fault, and of single accounts is not",
  (right) => {
    for (const group of ["WD", "AU", "BA", "BU", "RD"])
      expectFaulty(rights({ [right]: group }), restored, "may not log on");
    expectHealthy(rights({ [right]: "+2" }));
  },
);

test.each(["dr", "di", "dn"] as const)(
  "in a workgroup every account is a local one, and a deny (%s) a fault",
  (right) => {
    expectFaulty(rights({ [right]: "L" }), restored, "every account");
    expectFaulty(rights({ [right]: "LA" }), restored, "every administrator");
    for (const join of ["domain", "entra", "hybrid"] as const) {
      expectHealthy(rights({ [right]: "L" }, 0, join));
      expectHealthy(rights({ [right]: "LA" }, 0, join));
    }
  },
);

test.each([
  ["domain", "accounts of the domain get in"],
  ["entra", "accounts of Microsoft Entra get in"],
] as const)("where local accounts are denied, it is told who gets in (%s)", (join, word) => {
  expectHealthy(rights({ dr: "L", dn: "LA" }, 0, join), word);
});

test("whether a deny of local accounts shuts out everybody is unknown without the kind of membership", () => {
  const denied = (edit: RightsSection["held"]) =>
    judgedWithout(logOnRightsAllowRdp, ["domain"], (guest) => {
      guest.rights.held = edit;
    });
  expectUnknown(denied({ dr: "L" }), "could not be read");
  expectHealthy(denied({}));
});

test("without network level authentication nobody needs the log-on over the network", () => {
  const held = { dn: "BA L" };
  const off = (edit: (guest: Parameters<Parameters<typeof judged>[1] & {}>[0]) => void) =>
    judged(logOnRightsAllowRdp, (guest) => {
      guest.rights = { held, members: 0 };
      edit(guest);
    });
  expectFaulty(rights(held), restored, "over the network");
  expectNoted(
    off((guest) => {
      guest.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
    }),
    "enablecredsspsupport:i:0",
  );
  expectFaulty(
    off((guest) => {
      guest.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
      guest.registry["policy/UserAuthentication"] = { type: "dword", data: 1 };
    }),
    restored,
    "over the network",
  );
});

test("a right that no broad group holds is a fault when nobody else holds it", () => {
  expectFaulty(without("r"), restored, "Nobody may log on by Remote Desktop");
  expectFaulty(without("i"), restored, "Nobody may log on locally");
  expectFaulty(without("s"), restored, "SeServiceLogonRight");
  expectFaulty(rights({ ds: "AS" }), restored, "SeDenyServiceLogonRight");
});

test("chosen accounts, members without the right, and no network log-on for a broad group are noted", () => {
  expectNoted(rights({ r: "+1" }), "Only 1 chosen");
  expectNoted(rights({ r: "BA" }, 3), "3 members");
  expectNoted(rights({ n: "+1" }), "SeNetworkLogonRight");
  expectNoted(rights({ n: "BA" }, 3), "Remote Desktop Users has 3 members, who may not");
  expectHealthy(rights({ n: "BA RD" }, 3));
  expectHealthy(rights({ n: "BA" }));
});

test("with network level authentication, a log-on over the network that nobody may is a fault; without it, a note", () => {
  expectFaulty(without("n"), restored, "Nobody may log on over the network (SeNetworkLogonRight)");
  expectNoted(
    judged(logOnRightsAllowRdp, (guest) => {
      guest.rights.held = { n: "" };
      guest.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
    }),
    "SeNetworkLogonRight",
  );
});

test("chosen accounts that are denied, and a group without members, are told", () => {
  expectHealthy(rights({ dr: "+2" }), "denied, whatever else allows them: 2 (SeDenyRemoteInteractiveLogonRight)");
  expectHealthy(rights({}), "Remote Desktop Users (no members)");
  for (const members of [3, null]) expect(rights({}, members).because).not.toContain("no members");
});

test("a fault says how it is repaired, and that a policy would set it again", () => {
  expect(without("r").because).toContain("restore-log-on-rights by name");
  expect(without("r").because).toContain("Group Policy");
});

test.each(["dr", "di", "dn"] as const)("the longest sentence (%s) has room in a finding", (right) => {
  const long = rights({ [right]: "LA", i: "", r: "", s: "" });
  expect(long.because.length).toBeLessThanOrEqual(320);
});

test("what could not be read is unknown", () => {
  expectUnknown(judgedWithout(logOnRightsAllowRdp, ["rights"]), "rights");
});
