import { describe, expect, test } from "vitest";
import { windowsFirewallAllowsRdp } from "../../lib/checks/windows-firewall-allows-rdp.ts";
import type { FirewallSection } from "../../lib/core/guest-evidence.ts";
import type { ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectUnknown, judged, judgedWithout } from "./judged.ts";

type Rule = FirewallSection["rules"][number];
const open = ["open-windows-firewall"];

function profile(guest: ReadableGuest, name: FirewallSection["profiles"][number]["name"] = "Public") {
  const found = guest.firewall.profiles.find((one) => one.name === name);
  if (!found) throw new Error(`The fixture has no profile ${name}.`);
  return found;
}

function builtIn(guest: ReadableGuest): Rule {
  const [rule] = guest.firewall.rules;
  if (!rule) throw new Error("The fixture has no rule.");
  return rule;
}

function groupOff(guest: ReadableGuest): void {
  builtIn(guest).enabled = false;
}

function judgedWith(edit: (guest: ReadableGuest) => void) {
  return judged(windowsFirewallAllowsRdp, edit);
}

function judgedWithRule(rule: Partial<Rule>) {
  return judgedWith((guest) => {
    groupOff(guest);
    guest.firewall.rules.push({ ...builtIn(guest), name: "Own", group: false, enabled: true, ...rule });
  });
}

describe("healthy", () => {
  test("the built-in rule lets it in", () => {
    expectHealthy(
      judgedWith(() => {}),
      "profile in use (Public)",
    );
  });

  test.each<[string, Partial<Rule>]>([
    ["its port", { localPorts: ["3389"] }],
    ["a range", { localPorts: ["80", "3000-4000"] }],
    ["any port", { localPorts: ["Any"] }],
  ])("an own rule for %s lets it in", (_, rule) => {
    expectHealthy(judgedWithRule(rule));
  });

  test("for some addresses alone, which it tells", () => {
    const subnet = ["10.0.0.0/255.0.0.0", "LocalSubnet"];
    expectHealthy(judgedWithRule({ remoteAddresses: subnet }), "from 10.0.0.0/255.0.0.0, LocalSubnet alone.");
    const kept = judgedWith((guest) => {
      guest.firewall.rules.push({ ...builtIn(guest), name: "Kept out", action: "Block", remoteAddresses: subnet });
    });
    expectHealthy(kept, "not from 10.0.0.0/255.0.0.0, LocalSubnet.");
    expectHealthy(judgedWithRule({ remoteAddresses: ["Any"] }), "in use (Public).");
  });

  test("says which conditions of a rule it does not know", () => {
    const { evidence } = judgedWith(() => {});
    expect(evidence?.["not looked at"]).toBe("local addresses, interfaces, users and computers that a rule may name");
  });

  test("nothing is filtered", () => {
    expectHealthy(
      judgedWith((guest) => {
        groupOff(guest);
        profile(guest).enabled = false;
      }),
      "off",
    );
    expectHealthy(
      judgedWith((guest) => {
        groupOff(guest);
        profile(guest).defaultInbound = "Allow";
      }),
    );
  });

  test("what is wrong with a profile that is not in use", () => {
    expectHealthy(
      judgedWith((guest) => {
        profile(guest, "Domain").blockAll = true;
      }),
    );
  });
});

describe("faulty, and the built-in rules help", () => {
  test("no rule lets it in", () => {
    expectFaulty(judgedWith(groupOff), open, "RemoteDesktop-UserMode-In-TCP (local) is off");
  });

  test.each<[string, Partial<Rule>]>([
    ["another port", { localPorts: ["3390", "33890-33899"] }],
    ["another profile", { profiles: ["Domain"] }],
    ["nobody, being off", { enabled: false }],
    ["any port of another program", { localPorts: ["Any"], reachesListener: false }],
  ])("an own rule is for %s", (_, rule) => {
    expectFaulty(judgedWithRule(rule), open, "under profile Public");
  });

  test("a profile blocks everything", () => {
    expectFaulty(
      judgedWith((guest) => {
        profile(guest).blockAll = true;
      }),
      open,
      "whatever rules allow",
    );
  });
});

describe("faulty, and somebody else must act", () => {
  test("a rule blocks the port, which wins even where all else is let in", () => {
    const result = judgedWith((guest) => {
      profile(guest).defaultInbound = "Allow";
      guest.firewall.rules.push({ ...builtIn(guest), name: "No RDP", group: false, action: "Block" });
    });
    expectFaulty(result, [], "No RDP (local)");
  });

  test("group policy manages the profile or the rules", () => {
    const blocking = judgedWith((guest) => Object.assign(profile(guest), { blockAll: true, managedBy: "policy" }));
    expectFaulty(blocking, [], "Group policy");
    const rules = judgedWith((guest) => Object.assign(builtIn(guest), { enabled: false, managedBy: "policy" }));
    expectFaulty(rules, [], "group policy manages it");
    const shut = judgedWith((guest) => {
      groupOff(guest);
      profile(guest).managedBy = "policy";
    });
    expectFaulty(shut, [], "(policy)");
  });

  test("the built-in rules are gone, or are not what they were", () => {
    const gone = judgedWith((guest) => {
      guest.firewall.rules = [];
    });
    expectFaulty(gone, [], "missing or changed");
    const changed = judgedWith((guest) => Object.assign(builtIn(guest), { enabled: false, localPorts: ["443"] }));
    expectFaulty(changed, [], "missing or changed");
  });

  test("no rule is for a port of one's own", () => {
    const custom = (guest: ReadableGuest) => {
      guest.listener.port = 3390;
    };
    expectFaulty(judgedWith(custom), [], "Make an inbound rule for TCP 3390");
    expectFaulty(
      judgedWithout(windowsFirewallAllowsRdp, ["listener"], (guest) => {
        guest.registry["rdp-tcp/PortNumber"] = { type: "dword", data: 3390 };
      }),
      [],
      "TCP 3390",
    );
  });

  test("one profile can be opened and the other cannot", () => {
    const result = judgedWith((guest) => {
      Object.assign(profile(guest, "Domain"), { active: true, blockAll: true, managedBy: "policy" });
      groupOff(guest);
    });
    expectFaulty(result, [], "Domain");
  });

  test("the firewall does not run", () => {
    expectFaulty(
      judgedWith((guest) => {
        guest.firewall.service = "Stopped";
      }),
      [],
      "MpsSvc is Stopped",
    );
  });
});

describe("unknown", () => {
  test("no profile is in use", () => {
    expectUnknown(
      judgedWith((guest) => {
        profile(guest).active = false;
      }),
      "no firewall profile",
    );
  });

  test("the port was not read", () => {
    expectUnknown(judgedWithout(windowsFirewallAllowsRdp, ["listener", "registry"]), "which port");
  });
});
