import { expect, test } from "vitest";
import { openWindowsFirewall } from "../../lib/remediations/open-windows-firewall.ts";
import { evidenceWith, notForced, type ReadableGuest } from "./evidence-with.ts";

function builtInRule(guest: ReadableGuest) {
  const [rule] = guest.firewall.rules;
  if (!rule) throw new Error("The fixture has no built-in rule.");
  return rule;
}

function publicProfile(guest: ReadableGuest) {
  const profile = guest.firewall.profiles.find(({ name }) => name === "Public");
  if (!profile) throw new Error("The fixture has no public profile.");
  return profile;
}

function planFor(edit: (guest: ReadableGuest) => void) {
  return openWindowsFirewall.plan(evidenceWith(edit), notForced);
}

const enables = { kind: "enable-firewall-group", was: { disabled: ["RemoteDesktop-UserMode-In-TCP"] } };
const unblocks = { kind: "set-firewall-inbound", profile: "Public", to: "block", was: "block-all" };

test("enables the built-in rules, without a restart", () => {
  expect(
    planFor((guest) => {
      builtInRule(guest).enabled = false;
    }),
  ).toEqual([enables]);
});

test("lets rules count again in a profile that blocks everything", () => {
  expect(
    planFor((guest) => {
      publicProfile(guest).blockAll = true;
      builtInRule(guest).enabled = false;
    }),
  ).toEqual([enables, unblocks]);
});

test("leaves a profile that is not in use, and one that is off", () => {
  expect(
    planFor((guest) => {
      for (const profile of guest.firewall.profiles) profile.blockAll = true;
      publicProfile(guest).enabled = false;
    }),
  ).toEqual([]);
});

test("leaves built-in rules off where another rule lets the port in", () => {
  for (const localPorts of [["3389"], ["3000-4000"], ["80", "Any"]]) {
    expect(
      planFor((guest) => {
        const rule = builtInRule(guest);
        rule.enabled = false;
        guest.firewall.rules.push({ ...rule, name: "Own", group: false, enabled: true, localPorts });
      }),
    ).toEqual([]);
  }
});

test("a rule for other ports or another profile does not let the port in", () => {
  for (const edit of [{ localPorts: ["3390", "33890-33899"] }, { profiles: ["Domain" as const] }]) {
    expect(
      planFor((guest) => {
        const rule = builtInRule(guest);
        rule.enabled = false;
        guest.firewall.rules.push({ ...rule, name: "Own", group: false, enabled: true, ...edit });
      }),
    ).toEqual([enables]);
  }
});

test("refuses another port, which the built-in rules do not open", () => {
  expect(
    planFor((guest) => {
      guest.listener.port = 3390;
    }),
  ).toEqual({ refused: expect.stringContaining("TCP 3390") });
});

test("another port is no obstacle to what is not about ports", () => {
  expect(
    planFor((guest) => {
      guest.listener.port = 3390;
      builtInRule(guest).localPorts = ["3390"];
      publicProfile(guest).blockAll = true;
    }),
  ).toEqual([unblocks]);
});

test("refuses what group policy manages", () => {
  const rule = planFor((guest) => Object.assign(builtInRule(guest), { enabled: false, managedBy: "policy" }));
  const ruleOfProfile = planFor((guest) => {
    builtInRule(guest).enabled = false;
    publicProfile(guest).managedBy = "policy";
  });
  const profile = planFor((guest) => Object.assign(publicProfile(guest), { blockAll: true, managedBy: "policy" }));
  expect(rule).toEqual({ refused: expect.stringContaining("Group policy") });
  expect(ruleOfProfile).toEqual({ refused: expect.stringContaining("Group policy") });
  expect(profile).toEqual({ refused: expect.stringContaining("profile Public") });
});

test("refuses when a rule blocks the port, and names it", () => {
  expect(
    planFor((guest) => {
      guest.firewall.rules.push({ ...builtInRule(guest), name: "No RDP", group: false, action: "Block" });
    }),
  ).toEqual({ refused: expect.stringContaining('"No RDP"') });
});

test("refuses when the built-in rules are gone", () => {
  expect(
    planFor((guest) => {
      guest.firewall.rules = [];
    }),
  ).toEqual({ refused: expect.stringContaining("missing") });
});

test("refuses when the built-in rules would not open the port, or would block it", () => {
  for (const edit of [{ localPorts: ["443"] }, { action: "Block" as const }, { profiles: ["Domain" as const] }]) {
    expect(planFor((guest) => Object.assign(builtInRule(guest), { enabled: false, ...edit }))).toEqual({
      refused: expect.stringContaining("missing or changed"),
    });
  }
});
