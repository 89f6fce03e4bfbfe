import { expect, test } from "vitest";
import { rdpIsEnabled } from "../../lib/checks/rdp-is-enabled.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

const restored = ["enable-remote-desktop"];

test("is on by the local value", () => {
  expectHealthy(judged(rdpIsEnabled), "Terminal Server\\fDenyTSConnections is 0");
});

/** Off, nobody listens, and nobody gets through. */
function silent(guest: ReadableGuest): void {
  guest.listener.owner = null;
  guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
}

test.each([
  ["1", dword(1)],
  ["another number", dword(2)],
  ["a text", { type: "string", data: "0" } as const],
  ["absent", null],
])("%s turns it off", (_, data) => {
  const result = judged(rdpIsEnabled, (guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = data;
    silent(guest);
  });
  expectFaulty(result, restored, "fDenyTSConnections is");
});

test("log-ons that are forbidden are a fault, though the listener answers", () => {
  const result = judged(rdpIsEnabled, (guest) => {
    guest.registry["terminal-server/TSUserEnabled"] = dword(1);
  });
  expectFaulty(result, restored, "TSUserEnabled");
});

test("a listener that is turned off is a fault, and one whose value is absent is not", () => {
  const judgedWith = (data: number | null) =>
    judged(rdpIsEnabled, (guest) => {
      guest.registry["rdp-tcp/fEnableWinStation"] = data === null ? null : dword(data);
      guest.registry["terminal-server/TSUserEnabled"] = null;
    });
  expectFaulty(judgedWith(0), restored, "fEnableWinStation");
  expectHealthy(judgedWith(null));
});

test("policy wins over the local value, both ways", () => {
  const judgedWith = (policy: number, local: number, edit: (guest: ReadableGuest) => void = () => {}) =>
    judged(rdpIsEnabled, (guest) => {
      guest.registry["policy/fDenyTSConnections"] = dword(policy);
      guest.registry["terminal-server/fDenyTSConnections"] = dword(local);
      edit(guest);
    });
  const path = "Policies\\Microsoft\\Windows NT\\Terminal Services\\fDenyTSConnections is 1";
  expectFaulty(judgedWith(1, 0, silent), [], path);
  expectHealthy(judgedWith(0, 1), "group policy");
});

test("whatever the value, a TermService that listens and answers proves that it is on", () => {
  for (const data of [null, dword(1)]) {
    const edit = (guest: ReadableGuest) => {
      guest.registry["terminal-server/fDenyTSConnections"] = data;
    };
    expectNoted(judged(rdpIsEnabled, edit), "TermService listens nevertheless");
  }
});

test("without the value, a port that somebody else holds proves nothing", () => {
  const result = judged(rdpIsEnabled, (guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = null;
    guest.listener.owner = { process: "other.exe", services: [] };
  });
  expectFaulty(result, restored, "is absent");
});

test("without the value, a listener that could not be read leaves it open", () => {
  const absent = (guest: ReadableGuest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = null;
  };
  expectUnknown(judgedWithout(rdpIsEnabled, ["listener"], absent), "absent");
});

test("a policy in a VM of no domain is the VM's own: where it is kept is told, and both copies offered by name", () => {
  const judgedWith = (domainJoined: boolean) =>
    judged(rdpIsEnabled, (guest) => {
      guest.registry["policy/fDenyTSConnections"] = dword(1);
      guest.system.domainJoined = domainJoined;
      silent(guest);
    });
  expectFaulty(judgedWith(false), [], "Registry.pol), or by name: allow-rdp-in-local-policy");
  expectFaulty(judgedWith(true), [], "The policy's owner must change");
});

test.each([
  ["entra", false, "Intune"],
  [null, false, "Intune"],
  ["hybrid", true, "Group policy, or Intune,"],
] as const)("a policy may be of device management, which sets it again (join %s)", (join, domainJoined, word) => {
  const edit = (guest: ReadableGuest) => {
    guest.registry["policy/fDenyTSConnections"] = dword(1);
    guest.system.domainJoined = domainJoined;
    if (join) guest.domain.join = join;
    silent(guest);
  };
  const result = join ? judged(rdpIsEnabled, edit) : judgedWithout(rdpIsEnabled, ["domain"], edit);
  expectFaulty(result, [], word);
  expect(result.because).not.toContain("own policy");
  expect(result.because.length).toBeLessThanOrEqual(320);
});

test("a missing key is damage, unless Remote Desktop works nevertheless", () => {
  const damaged = (guest: ReadableGuest) => {
    guest.listener.registryKeys = { terminalServer: false, rdpTcp: false };
  };
  const result = judged(rdpIsEnabled, (guest) => {
    damaged(guest);
    silent(guest);
  });
  expectFaulty(result, [], "Terminal Server is missing");
  expectNoted(judged(rdpIsEnabled, damaged), "works nevertheless");
});
