import { expect, test } from "vitest";
import { enableLogOn } from "../../lib/remediations/enable-log-on.ts";
import { dword, evidenceWith, type ReadableGuest } from "./evidence-with.ts";

function planned(edit: (guest: ReadableGuest) => void) {
  return enableLogOn.plan(evidenceWith(edit), { force: false });
}

test("sets each switch back, and restarts nothing", () => {
  const changes = planned(({ registry }) => {
    registry["terminal-server/TSEnabled"] = dword(0);
    registry["terminal-server/TSServerDrainMode"] = dword(2);
    registry["rdp-tcp/fLogonDisabled"] = dword(1);
    registry["winlogon/WinStationsDisabled"] = { type: "string", data: "1" };
  });
  expect(changes).toEqual([
    { kind: "set-registry-value", value: "terminal-server/TSEnabled", to: dword(1), was: dword(0) },
    { kind: "set-registry-value", value: "terminal-server/TSServerDrainMode", to: dword(0), was: dword(2) },
    { kind: "set-registry-value", value: "rdp-tcp/fLogonDisabled", to: dword(0), was: dword(1) },
    {
      kind: "set-registry-value",
      value: "winlogon/WinStationsDisabled",
      to: { type: "string", data: "0" },
      was: { type: "string", data: "1" },
    },
  ]);
});

test("lifts a limit of sessions only when it is reached and no policy sets one", () => {
  const limited = (disconnected: number, policy: number | null) =>
    planned((guest) => {
      guest.registry["rdp-tcp/MaxInstanceCount"] = dword(2);
      guest.registry["policy/MaxInstanceCount"] = policy === null ? null : dword(policy);
      guest.sessions = { active: 0, disconnected };
    });
  expect(limited(2, null)).toMatchObject([{ value: "rdp-tcp/MaxInstanceCount", to: dword(0xffffffff) }]);
  expect(limited(1, null)).toEqual([]);
  expect(limited(2, 2)).toEqual([]);
});
