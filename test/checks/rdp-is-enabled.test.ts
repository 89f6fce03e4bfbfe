import { expect, test } from "vitest";
import { rdpIsEnabled } from "../../lib/checks/rdp-is-enabled.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectUnknown, judged, judgedWithout } from "./judged.ts";

const restored = ["enable-remote-desktop"];

function silentWithoutValue(guest: ReadableGuest): void {
  guest.registry["terminal-server/fDenyTSConnections"] = null;
  guest.listener.owner = null;
}

test("is on by the local value", () => {
  expectHealthy(judged(rdpIsEnabled), "Terminal Server\\fDenyTSConnections is 0");
});

for (const id of ["terminal-server/fDenyTSConnections", "terminal-server/TSUserEnabled"] as const) {
  test(`${id} = 1 turns it off`, () => {
    const result = judged(rdpIsEnabled, (guest) => {
      guest.registry[id] = dword(1);
    });
    expectFaulty(result, restored, id.split("/")[1] ?? "");
  });
}

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
  const judgedWith = (policy: number, local: number) =>
    judged(rdpIsEnabled, (guest) => {
      guest.registry["policy/fDenyTSConnections"] = dword(policy);
      guest.registry["terminal-server/fDenyTSConnections"] = dword(local);
    });
  expectFaulty(judgedWith(1, 0), [], "Policies\\Microsoft\\Windows NT\\Terminal Services\\fDenyTSConnections is 1");
  expectHealthy(judgedWith(0, 1), "group policy");
});

test("without the value, whether somebody listens decides", () => {
  const absent = (guest: ReadableGuest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = null;
  };
  expectHealthy(judged(rdpIsEnabled, absent));
  expectFaulty(judged(rdpIsEnabled, silentWithoutValue), restored, "nobody listens");
  expectUnknown(judgedWithout(rdpIsEnabled, ["listener"], absent), "absent");
});

test("a value of another type counts as absent", () => {
  const result = judged(rdpIsEnabled, (guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = { type: "string", data: "1" };
  });
  expect(result.verdict).toBe("healthy");
});
