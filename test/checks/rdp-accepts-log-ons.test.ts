import { test } from "vitest";
import { rdpAcceptsLogOns } from "../../lib/checks/rdp-accepts-log-ons.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

const restored = ["enable-log-on"];

test("accepts them with Windows' defaults, and with every switch absent", () => {
  expectHealthy(judged(rdpAcceptsLogOns));
  expectHealthy(
    judged(rdpAcceptsLogOns, ({ registry }) => {
      for (const id of Object.keys(registry)) registry[id as keyof typeof registry] = null;
    }),
  );
});

test.each([
  ["terminal-server/TSEnabled", dword(0)],
  ["terminal-server/TSServerDrainMode", dword(1)],
  ["terminal-server/TSServerDrainMode", dword(2)],
  ["rdp-tcp/fLogonDisabled", dword(1)],
  ["winlogon/WinStationsDisabled", { type: "string", data: "1" }],
] as const)("%s as %o refuses them", (id, data) => {
  const result = judged(rdpAcceptsLogOns, ({ registry }) => {
    registry[id] = data;
  });
  expectFaulty(result, restored, id.slice(id.indexOf("/") + 1));
});

test("a limit of sessions is a fault when it is reached, and a note before", () => {
  const withSessions = (active: number, disconnected: number, id: "rdp-tcp" | "policy" = "rdp-tcp") =>
    judged(rdpAcceptsLogOns, (guest) => {
      guest.registry[`${id}/MaxInstanceCount`] = dword(2);
      guest.sessions = { active, disconnected };
    });
  expectFaulty(withSessions(1, 1), restored, "2 sessions");
  expectFaulty(withSessions(2, 0, "policy"), [], "Limit number of connections");
  expectNoted(withSessions(0, 1), "at most 2");
});

test("a limit of no session is a fault that signing out does not end", () => {
  const limited = (id: "rdp-tcp/MaxInstanceCount" | "policy/MaxInstanceCount") =>
    judged(rdpAcceptsLogOns, (guest) => {
      guest.registry[id] = dword(0);
    });
  expectFaulty(limited("rdp-tcp/MaxInstanceCount"), restored, "accepts no session at all");
  expectFaulty(limited("policy/MaxInstanceCount"), [], "Limit number of connections");
});

test("a session host of a collection is noted with the way past its broker", () => {
  const host = (edit: (guest: ReadableGuest) => void) =>
    judged(rdpAcceptsLogOns, (guest) => {
      guest.licensing = { mode: 1, multiSession: false, type: 4, servers: 1, days: null };
      guest.registry["cluster-settings/SessionDirectoryActive"] = dword(1);
      edit(guest);
    });
  expectNoted(
    host(() => {}),
    "mstsc /admin",
  );
  expectHealthy(
    host((guest) => {
      guest.registry["policy/SessionDirectoryActive"] = dword(0);
    }),
  );
  expectHealthy(
    host((guest) => {
      guest.licensing.mode = 0;
    }),
  );
});

test("what could not be read is unknown", () => {
  expectUnknown(judgedWithout(rdpAcceptsLogOns, ["registry"]), "registry");
  const limited = judgedWithout(rdpAcceptsLogOns, ["sessions"], (guest) => {
    guest.registry["rdp-tcp/MaxInstanceCount"] = dword(2);
  });
  expectUnknown(limited, "could not be counted");
  expectHealthy(judgedWithout(rdpAcceptsLogOns, ["sessions"]));
});

test("two administrative sessions are noted with how to end one, and not on a session host or below two", () => {
  const inUse = (active: number, disconnected: number, edit: (guest: ReadableGuest) => void = () => {}) =>
    judged(rdpAcceptsLogOns, (guest) => {
      guest.sessions = { active, disconnected };
      edit(guest);
    });
  expectNoted(inUse(1, 1), "logoff ID");
  expectNoted(inUse(0, 2), "2 disconnected");
  expectHealthy(inUse(1, 0));
  expectHealthy(inUse(9, 9, (guest) => Object.assign(guest.licensing, { mode: 1, type: 2, servers: 1 })));
  expectHealthy(inUse(3, 0, (guest) => Object.assign(guest.licensing, { multiSession: true })));
  expectHealthy(inUse(1, 1, (guest) => Object.assign(guest.system, { productType: "workstation" })));
});
