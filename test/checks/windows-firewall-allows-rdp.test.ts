import { describe, expect, test } from "vitest";
import { windowsFirewallAllowsRdp } from "../../lib/checks/windows-firewall-allows-rdp.ts";
import type { FirewallSection } from "../../lib/core/guest-evidence.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { group, networkWith, rule, standardAddress } from "../network/network-with.ts";
import { evidenceWith, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

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
      guest.firewall.rules.push({
        ...builtIn(guest),
        name: "Kept out",
        action: "Block",
        remoteAddresses: ["10.0.5.0/24"],
      });
    });
    expectHealthy(kept, "not from 10.0.5.0/24.");
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
  test("a profile blocks everything, and a rule would go on to block every path by which people come", () => {
    const result = judgedWith((guest) => {
      Object.assign(profile(guest), { blockAll: true, defaultInbound: "Allow" });
      const remoteAddresses = ["10.0.0.0/255.0.0.0", "LocalSubnet"];
      guest.firewall.rules = [{ ...builtIn(guest), name: "No RDP", group: false, action: "Block", remoteAddresses }];
    });
    expectFaulty(result, [], "blocks everything");
    expect(result.because).toContain("No RDP (local)");
  });

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

describe("the rule is on, for other categories of network than the one in use", () => {
  const forDomain = (guest: ReadableGuest) => Object.assign(builtIn(guest), { profiles: ["Domain", "Private"] });

  test("both are named, and how to add the profile", () => {
    const result = judgedWith(forDomain);
    expectFaulty(
      result,
      [],
      "lets TCP 3389 in under Domain, Private alone, and the network in use has the category Public",
    );
    expect(result.because).toContain("Set-NetFirewallRule -Name 'RemoteDesktop-UserMode-In-TCP' -Profile Any");
    expect(result.because).not.toContain("missing or changed");
  });

  test("also for a port of one's own", () => {
    const result = judgedWith((guest) => {
      guest.listener.port = 3390;
      Object.assign(forDomain(guest), { name: "Own", group: false, localPorts: ["3390"] });
    });
    expectFaulty(result, [], "Rule Own (local) lets TCP 3390 in under Domain, Private alone");
  });

  test("a member of a domain probably did not find it", () => {
    const result = judgedWith((guest) => {
      forDomain(guest);
      guest.system.domainJoined = true;
    });
    expectFaulty(result, [], "The domain was probably not found");
  });

  test("NlaSvc, where it is disabled, is the likely cause", () => {
    const result = judgedWith((guest) => {
      forDomain(guest);
      guest.supportingServices.disabled = [
        { name: "NlaSvc", state: "Stopped", account: "NT AUTHORITY\\NetworkService", type: "share" },
      ];
    });
    expectFaulty(result, [], "The likely cause: NlaSvc is disabled. sc.exe config NlaSvc start= auto");
  });

  test("a rule of policy is its owner's to widen", () => {
    const result = judgedWith((guest) => Object.assign(forDomain(guest), { managedBy: "policy" }));
    expectFaulty(result, [], "The policy's owner must add Public to the rule's profiles");
  });
});

describe("two profiles are in use, on two adapters", () => {
  const both = (guest: ReadableGuest) => {
    profile(guest, "Domain").active = true;
  };

  test("one lets clients in: the other proves no fault, and is told", () => {
    const result = judgedWith((guest) => {
      both(guest);
      builtIn(guest).profiles = ["Domain"];
    });
    expectNoted(result, "TCP 3389 gets in under Domain, and not under Public, which is in use too");
    expect(result.because).toContain("Get-NetConnectionProfile");
    const blocked = judgedWith((guest) => {
      both(guest);
      Object.assign(profile(guest), { blockAll: true, managedBy: "policy" });
    });
    expectNoted(blocked, "gets in under Domain, and not under Public");
    const off = judgedWith((guest) => {
      both(guest);
      groupOff(guest);
      profile(guest, "Domain").enabled = false;
    });
    expectNoted(off, "gets in under Domain, and not under Public");
  });

  test("neither lets anybody in: a fault", () => {
    const result = judgedWith((guest) => {
      both(guest);
      builtIn(guest).profiles = ["Private"];
    });
    expectFaulty(result, [], "lets TCP 3389 in under Private alone");
  });
});

describe("policy that does not merge local rules", () => {
  test("voids the local rule, and nothing in the VM helps", () => {
    const result = judgedWith((guest) => Object.assign(profile(guest), { localRules: false }));
    expectFaulty(result, [], "does not merge local firewall rules under profile Public (AllowLocalPolicyMerge 0)");
    const off = judgedWith((guest) => {
      groupOff(guest);
      profile(guest).localRules = false;
    });
    expectFaulty(off, [], "AllowLocalPolicyMerge 0");
  });

  test("leaves the rules of policy, and voids local blocks too", () => {
    const own = judgedWith((guest) => {
      profile(guest).localRules = false;
      builtIn(guest).managedBy = "policy";
      guest.firewall.rules.push({ ...builtIn(guest), name: "Local", action: "Block", managedBy: "local" });
    });
    expectHealthy(own);
  });

  test("in a profile that is not in use does not matter", () => {
    expectHealthy(judgedWith((guest) => Object.assign(profile(guest, "Domain"), { localRules: false })));
  });
});

describe("connection security rules", () => {
  const text = "v2.31|Action=SecureServer|Active=TRUE|Protocol=6|EP1Port=3389|";

  function judgedIpsec(rule: Partial<NonNullable<FirewallSection["ipsec"]>[number]>, edit = {}) {
    return judgedWith((guest) => {
      guest.firewall.ipsec = [{ id: "{RULE}", managedBy: "local", text, ...rule }];
      Object.assign(profile(guest), edit);
    });
  }

  test("one that demands IPsec for the port is a fault, with the command or the owner", () => {
    expectFaulty(judgedIpsec({}), [], "Disable-NetIPsecRule -Name '{RULE}'");
    expectFaulty(judgedIpsec({ managedBy: "policy" }), [], "A group policy owns it");
  });

  test("one with a condition that is not evaluated is noted", () => {
    expectNoted(judgedIpsec({ text: `${text}IF={A}|` }), "IF={A}");
    expectNoted(judgedIpsec({ text: null }), "could not be read");
  });

  test("one for other connections, or that policy does not merge, is nothing", () => {
    expectHealthy(judgedIpsec({ text: text.replace("3389", "443") }));
    expectHealthy(judgedIpsec({}, { localIpsec: false }));
  });

  test("one for other clients alone is a fault for these", () => {
    expectHealthy(judgedIpsec({ text: `${text}EP2_4=203.0.113.0/255.255.255.0|` }));
    expectFaulty(judgedIpsec({ text: `${text}EP2_4=10.0.0.0/255.0.0.0|` }), [], "demands IPsec from VirtualNetwork");
  });
});

describe("the sources of the run", () => {
  const inside = (guest: ReadableGuest) => {
    builtIn(guest).remoteAddresses = ["10.0.0.0/8"];
  };

  function judgedFrom(network: Parameters<typeof networkWith>[0], sources: string[], edit = inside) {
    const azure = networkWith(network);
    const evidence = { ...evidenceWith(edit), azure, network: evaluateNetwork(azure, sources, 3389) };
    return windowsFirewallAllowsRdp.run(evidence);
  }

  const open = { nic: group("nsg-app", rule({ priority: 300 })), configuration: { publicAddress: standardAddress } };

  test("a client that was named and is not in the scope: a fault, with the whole command", () => {
    const result = judgedFrom(open, ["203.0.113.7"]);
    expectFaulty(result, [], "-RemoteAddress 10.0.0.0/8,203.0.113.7");
    expect(result.evidence).toMatchObject({ "203.0.113.7": "denied" });
    expectHealthy(judgedFrom(open, ["10.9.9.9"]));
  });

  test("a client that gets in under one of two profiles in use: by which adapter it comes is not known", () => {
    const two = (guest: ReadableGuest) => {
      profile(guest, "Domain").active = true;
      Object.assign(builtIn(guest), { profiles: ["Public"], remoteAddresses: ["10.0.0.0/8"] });
      guest.firewall.rules.push({ ...builtIn(guest), profiles: ["Domain"], remoteAddresses: ["Any"] });
    };
    expectUnknown(judgedFrom(open, ["203.0.113.7"], two), "gets in under one profile in use and not under another");
  });

  test("nobody was named: a public address that ends at the firewall is a fault, beside a Bastion host a note", () => {
    expectFaulty(judgedFrom(open, []), [], "Internet does not get in");
    const bastions = [{ name: "bastion", prefixes: ["10.0.255.0/26"] }];
    expectNoted(judgedFrom({ ...open, virtualNetwork: { bastions } }, []), "Internet does not get in");
  });

  test("a private VM behind a gateway may be open to ranges that Azure does not name", () => {
    const onPremises = (guest: ReadableGuest) => {
      builtIn(guest).remoteAddresses = ["192.168.0.0/16"];
    };
    expectHealthy(judgedFrom({ virtualNetwork: { gateway: true } }, [], onPremises));
    expectFaulty(judgedFrom({}, [], onPremises), [], "VirtualNetwork does not get in");
  });

  test("bans that had no room leave a named client open, and no other", () => {
    const banning = (guest: ReadableGuest) => {
      guest.firewall.leftOut = { allow: 0, block: 400 };
    };
    expectUnknown(judgedFrom(open, ["203.0.113.7"], banning), "400 more rules");
    expect(judgedFrom(open, [], banning).because).toContain("400 more rules block some addresses");
  });
});

describe("the firewall's service does not run", () => {
  type Startup = NonNullable<FirewallSection["startup"]>;

  function judgedStopped(startup: Partial<Startup>, service = "Stopped") {
    return judgedWith((guest) => {
      const engine = { state: "Running", startMode: "Auto" };
      guest.firewall = {
        service,
        profiles: [],
        rules: [],
        startup: { startMode: "Auto", engine, loopbackApps: null, failures: [], ...startup },
      };
    });
  }

  const failures = [{ id: 7024, status: "13", count: 246 }];

  test.each<[string, Partial<Startup>, string]>([
    ["disabled", { startMode: "Disabled" }, "sc.exe config MpsSvc start= auto"],
    [
      "its engine is disabled",
      { engine: { state: "Stopped", startMode: "Disabled" } },
      "sc.exe config BFE start= auto",
    ],
    ["its engine is stopped", { engine: { state: "Stopped", startMode: "Auto" } }, "Start-Service BFE, then"],
    ["no engine", { engine: null }, "Windows is damaged"],
    ["a value of the wrong type", { loopbackApps: { type: "MultiString", characters: 0 } }, "of the type MultiString"],
    [
      "a text that it cannot parse",
      { loopbackApps: { type: "String", characters: 118_224 }, failures },
      "118224 characters",
    ],
    ["a value that nobody may read", { loopbackApps: { unreadable: "denied" } }, "could not be read"],
    ["nothing that is known", {}, "Start-Service MpsSvc"],
  ])("%s", (_, startup, word) => {
    expectFaulty(judgedStopped(startup), [], word);
  });

  test("a text that it can parse is no cause", () => {
    const healthyText = judgedStopped({ loopbackApps: { type: "String", characters: 164 } });
    expect(healthyText.because).not.toContain("DebugedLoopbackApps");
  });
});

describe("the profile in use could not be read", () => {
  const unread = (guest: ReadableGuest) => {
    guest.firewall.profileUnread = "The service does not exist.";
    profile(guest).active = false;
  };

  test("what holds under each profile holds", () => {
    expectHealthy(judgedWith(unread), "under each of them");
    const shut = judgedWith((guest) => {
      unread(guest);
      groupOff(guest);
    });
    expectFaulty(shut, open, "under each of them");
  });

  test("profiles that differ leave it unknown", () => {
    const result = judgedWith((guest) => {
      unread(guest);
      profile(guest, "Domain").blockAll = true;
    });
    expectUnknown(result, "The service does not exist.");
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
    expectUnknown(
      judgedWithout(windowsFirewallAllowsRdp, ["listener", "registry"]),
      "The port of Remote Desktop could not be read",
    );
  });
});
