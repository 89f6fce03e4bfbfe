import { describe, expect, test } from "vitest";
import type {
  AdminRule,
  Forwarding,
  IpConfiguration,
  SecurityGroup,
  SecurityRule,
} from "../../lib/core/network-evidence.ts";
import { NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { group, networkWith, rule, standardAddress } from "./network-with.ts";

/* What stands before and beside the security groups on a packet's way, and what happens where it could not be read. */

type Network = Parameters<typeof networkWith>[0];

const client = "203.0.113.7";
const inside = "10.0.9.9";
const allows = group("open", rule({ name: "allow-all", priority: 200 }));
const denies = group("shut", rule({ name: "deny-all", priority: 200, access: "Deny" }));
const unread = { unreadable: "Could not read it: the identity lacks the right some/action on /it." };

function judged(network: Network, source: string, port = 3389): NetworkVerdict[] {
  return evaluateNetwork(networkWith(network), [source], port).map((verdict) => NetworkVerdict.parse(verdict));
}

function only(network: Network, source: string, port = 3389): NetworkVerdict {
  const [verdict, ...others] = judged(network, source, port);
  if (!verdict || others.length > 0) throw new Error("One way gives one verdict.");
  return verdict;
}

function layers({ trace }: NetworkVerdict): string[] {
  return trace.map(({ layer, verdict }) => `${layer} ${verdict}`);
}

describe("security admin rules come before the groups", () => {
  const admin = (access: AdminRule["access"], edit: Partial<AdminRule> = {}): AdminRule => ({
    ...rule({ name: `admin-${access}`, priority: 10 }),
    access,
    ...edit,
  });
  const by = (rules: AdminRule[], nic: SecurityGroup) => only({ nic, virtualNetwork: { adminRules: rules } }, inside);
  const doubt = { sources: ["SomeTag"] };

  test.each<[string, AdminRule[], SecurityGroup, string, string, string | null, string[]]>([
    ["Deny drops", [admin("Deny")], allows, "denied", "admin-rules", "admin-Deny", ["admin-rules denied"]],
    [
      "AlwaysAllow delivers",
      [admin("AlwaysAllow")],
      denies,
      "allowed",
      "admin-rules",
      "admin-AlwaysAllow",
      ["admin-rules allowed"],
    ],
    [
      "Allow leaves it to a group that denies",
      [admin("Allow")],
      denies,
      "denied",
      "nic-nsg",
      "deny-all",
      ["admin-rules passed", "nic-nsg denied"],
    ],
    [
      "Allow leaves it to a group that allows",
      [admin("Allow")],
      allows,
      "allowed",
      "nic-nsg",
      "allow-all",
      ["admin-rules passed", "nic-nsg allowed"],
    ],
    [
      "the first by priority decides",
      [admin("Deny", { priority: 20 }), admin("AlwaysAllow")],
      denies,
      "allowed",
      "admin-rules",
      "admin-AlwaysAllow",
      ["admin-rules allowed"],
    ],
    [
      "one about another port says nothing",
      [admin("Deny", { destinationPorts: ["22"] })],
      allows,
      "allowed",
      "nic-nsg",
      "allow-all",
      ["admin-rules passed", "nic-nsg allowed"],
    ],
    [
      "a Deny that may apply leaves a denial sure",
      [admin("Deny", doubt)],
      denies,
      "denied",
      "nic-nsg",
      "deny-all",
      ["admin-rules unknown", "nic-nsg denied"],
    ],
    [
      "and an allowance in doubt",
      [admin("Deny", doubt)],
      allows,
      "unknown",
      "admin-rules",
      "admin-Deny",
      ["admin-rules unknown", "nic-nsg allowed"],
    ],
    [
      "an AlwaysAllow that may apply leaves an allowance sure",
      [admin("AlwaysAllow", doubt)],
      allows,
      "allowed",
      "nic-nsg",
      "allow-all",
      ["admin-rules unknown", "nic-nsg allowed"],
    ],
    [
      "and a denial in doubt",
      [admin("AlwaysAllow", doubt)],
      denies,
      "unknown",
      "admin-rules",
      "admin-AlwaysAllow",
      ["admin-rules unknown", "nic-nsg denied"],
    ],
    [
      "an Allow that may apply does no harm",
      [admin("Allow", doubt)],
      denies,
      "denied",
      "nic-nsg",
      "deny-all",
      ["admin-rules passed", "nic-nsg denied"],
    ],
  ])("%s", (_, rules, nic, verdict, layer, name, trace) => {
    const found = by(rules, nic);
    expect(found).toMatchObject({ verdict, decidedBy: { layer, rule: name } });
    expect(layers(found)).toEqual(trace);
  });

  test("a Standard public address without a group: what AlwaysAllow does to it is not documented", () => {
    const configuration = { publicAddress: standardAddress };
    const found = only({ configuration, virtualNetwork: { adminRules: [admin("AlwaysAllow")] } }, client);
    expect(found).toMatchObject({ verdict: "unknown", decidedBy: { layer: "admin-rules" } });
    expect(found.because).toContain("is not documented");
  });
});

describe("a VM without a public address", () => {
  test("may be behind a DNAT rule of a firewall, whose subnet rules see: a named client is told to name that", () => {
    for (const nic of [allows, denies]) {
      expect(only({ nic }, client).because).toContain("rules see the firewall's subnet: name that");
      expect(only({ nic }, inside).because).not.toContain("firewall");
    }
    const configuration = { publicAddress: standardAddress };
    expect(only({ nic: denies, configuration }, client).because).not.toContain("firewall");
  });
});

describe("a load balancer in front", () => {
  const forwarding = (edit: Partial<Forwarding> = {}): Forwarding => ({
    loadBalancer: "lb",
    rule: "rdp-nat",
    frontAddress: "20.50.1.9",
    frontPorts: "50001",
    backendPort: 3389,
    sku: "Standard",
    ...edit,
  });

  test("leads to the port behind it, and the groups judge that", () => {
    const found = only({ nic: allows, configuration: { forwardings: [forwarding()] } }, client);
    expect(found).toMatchObject({ verdict: "allowed", path: "load-balancer", destination: "10.0.0.4:3389" });
    expect(found.trace[0]).toEqual({
      layer: "load-balancer",
      verdict: "passed",
      nsg: null,
      rule: "rdp-nat",
      priority: null,
      why: "rule rdp-nat of load balancer lb leads 20.50.1.9, port 50001, to 10.0.0.4:3389",
    });
  });

  test("is told with the probe that must be answered, unless that is the port of Remote Desktop itself", () => {
    const why = (port: number) => {
      const probe = { name: "web", protocol: "Tcp", port };
      return only({ nic: allows, configuration: { forwardings: [forwarding({ probe })] } }, client).trace[0]?.why;
    };
    expect(why(80)).toContain("to 10.0.0.4:3389, while its probe web (port 80) is answered");
    expect(why(3389)).not.toContain("probe");
  });

  test("with floating IP leaves its own address in the packet, which rules see and Windows must have", () => {
    const floating = { forwardings: [forwarding({ frontPorts: "3389", floatingIp: true })] };
    const to = (destination: string) =>
      only({ nic: group("nic", rule({ destinations: [destination] })), configuration: floating }, client);
    expect(to("20.50.1.9")).toMatchObject({ verdict: "allowed", destination: "10.0.0.4:3389" });
    expect(to("20.50.1.9").trace[0]?.why).toContain("Windows must have 20.50.1.9 on an adapter");
    expect(to("10.0.0.4")).toMatchObject({ verdict: "denied" });
    expect(to("10.0.0.4").because).toContain("rules see the address of the front end");
    const unknown = { forwardings: [forwarding({ floatingIp: true, frontAddress: null })] };
    expect(only({ nic: allows, configuration: unknown }, client)).toMatchObject({ verdict: "unknown" });
  });

  test("with floating IP counts only where no other rule leads to the port", () => {
    const both = [forwarding({ rule: "dsr", floatingIp: true }), forwarding()];
    expect(only({ nic: allows, configuration: { forwardings: both } }, client).trace[0]).toMatchObject({
      rule: "rdp-nat",
    });
  });

  test("that leads to other ports alone is no way to this one", () => {
    const other = { forwardings: [forwarding({ rule: "winrm", backendPort: 5986 })] };
    const found = only({ nic: allows, configuration: other }, client);
    expect(found).toMatchObject({ verdict: "denied", decidedBy: { layer: "load-balancer", nsg: null } });
    expect(found.because).toContain("no rule of load balancer lb leads to port 3389 (winrm to port 5986)");
    expect(only({ nic: allows, configuration: other }, inside)).toMatchObject({ verdict: "allowed", path: "private" });
  });

  test("of the Standard kind admits nothing without a group, as a public address does", () => {
    const through = (sku: Forwarding["sku"]) => only({ configuration: { forwardings: [forwarding({ sku })] } }, client);
    expect(through("Standard")).toMatchObject({ verdict: "denied", decidedBy: { layer: "load-balancer" } });
    expect(through("Basic")).toMatchObject({ verdict: "allowed", decidedBy: { layer: "no-nsg" } });
  });

  test("beside a public address there are two ways from outside, and one from inside", () => {
    const configuration = { publicAddress: standardAddress, forwardings: [forwarding({ backendPort: 5986 })] };
    const ways = judged({ nic: allows, configuration }, client).map(({ path, verdict }) => [path, verdict]);
    expect(ways).toEqual([
      ["public", "allowed"],
      ["load-balancer", "denied"],
    ]);
    expect(judged({ nic: allows, configuration }, inside)).toHaveLength(1);
    expect(judged({ nic: allows, configuration }, "Internet")).toHaveLength(2);
  });

  test("that could not be read leaves a denial sure, and an allowance not", () => {
    const configuration = { forwardings: unread };
    expect(only({ nic: denies, configuration }, client)).toMatchObject({ verdict: "denied" });
    const doubt = only({ nic: allows, configuration }, client);
    expect(doubt).toMatchObject({ verdict: "unknown", decidedBy: { layer: "load-balancer" } });
    expect(doubt.because).toContain("lacks the right some/action on /it.");
    expect(only({ nic: allows, configuration }, inside)).toMatchObject({ verdict: "allowed" });
  });
});

describe("Bastion", () => {
  const bastions = [{ name: "bas", prefixes: ["10.0.255.0/26"] }];

  test("is judged by itself, with its own subnet, beside the ranges of the settings", () => {
    const azure = networkWith({ nic: allows, virtualNetwork: { bastions }, more: { onPremises: ["192.168.0.0/16"] } });
    expect(evaluateNetwork(azure, [], 3389).map(({ source, path, asked }) => [source, path, asked])).toEqual([
      ["VirtualNetwork", "private", false],
      ["10.0.255.0/26", "bastion", false],
      ["192.168.0.0/16", "private", false],
    ]);
  });

  test("is recognised by an address of its subnet", () => {
    const network = { nic: denies, virtualNetwork: { bastions } };
    expect(only(network, "10.0.255.9")).toMatchObject({ path: "bastion", asked: true, verdict: "denied" });
    expect(only(network, inside)).toMatchObject({ path: "private" });
  });
});

describe("the rules in effect", () => {
  const subnetId = "/subnets/default";
  const inEffect = (subnetGroup: SecurityGroup | null, nicGroup: SecurityGroup | null) => [
    ...(subnetGroup ? [{ subnetId: subnetId.toUpperCase(), group: subnetGroup }] : []),
    ...(nicGroup ? [{ subnetId: null, group: nicGroup }] : []),
    { subnetId: "/subnets/another", group: denies },
  ];
  const subnet = { id: subnetId, routed: false, securityGroup: null };

  test("go before those that are written, which become a cross-check", () => {
    const network = { nic: denies, effective: inEffect(null, allows), configuration: { subnet } };
    expect(only(network, inside)).toMatchObject({
      verdict: "allowed",
      method: "effective",
      decidedBy: { nsg: "open" },
      crossChecks: [{ from: "static", verdict: "denied", rule: "deny-all" }],
    });
  });

  test("decide where the groups could not be read", () => {
    const network = { nic: unread, effective: inEffect(allows, allows), configuration: { subnet } };
    const found = only(network, inside);
    expect(found).toMatchObject({ verdict: "allowed", crossChecks: [{ from: "static", verdict: "unknown" }] });
    expect(layers(found)).toEqual(["admin-rules passed", "subnet-nsg allowed", "nic-nsg allowed"]);
  });

  test("cannot tell about the sixth version, since they write everybody as 0.0.0.0/0", () => {
    const configuration = { privateAddress: "fd00::4", subnet };
    const network = {
      nic: allows,
      effective: inEffect(null, denies),
      configuration,
      virtualNetwork: { prefixes: ["fd00::/64"] },
    };
    expect(only(network, "fd00::9")).toMatchObject({ verdict: "allowed", method: "static", crossChecks: [] });
  });

  test("that could not be had are replaced by those that are written, and it is said why", () => {
    const found = only({ nic: allows, effective: unread }, inside);
    expect(found).toMatchObject({ verdict: "allowed", method: "static" });
    expect(found.because).toBe(
      "10.0.9.9 reaches 10.0.0.4:3389: rule allow-all (priority 200) in NSG open of the NIC allows it. Based on the configured rules; Azure's effective rules are missing: Could not read it: the identity lacks the right some/action on /it.",
    );
  });
});

describe("IP flow verify", () => {
  const check = { source: inside, privateAddress: "10.0.0.4", port: 3389, verdict: "denied" as const, rule: "x" };
  const crossChecks = (network: Network, source = inside, port = 3389) =>
    only({ nic: allows, more: { flowChecks: [check] }, ...network }, source, port).crossChecks;

  test("is a cross-check about the same source, address and port", () => {
    expect(crossChecks({})).toEqual([{ from: "ip-flow-verify", verdict: "denied", rule: "x" }]);
    expect(crossChecks({}, "10.0.9.8")).toEqual([]);
    expect(crossChecks({}, inside, 3390)).toEqual([]);
    expect(crossChecks({ configuration: { privateAddress: "10.0.0.5" } })).toEqual([]);
  });

  test("is none about what stands before the rules", () => {
    const flowChecks = [{ ...check, source: client, verdict: "allowed" as const }];
    const found = only({ configuration: { publicAddress: standardAddress }, more: { flowChecks } }, client);
    expect(found).toMatchObject({ verdict: "denied", decidedBy: { layer: "public-ip" }, crossChecks: [] });
  });
});

describe("what could not be read makes unknown only what leans on it", () => {
  const publicly = { publicAddress: standardAddress };

  test.each<[string, Network, string, string, string]>([
    ["the group of the NIC, behind one that allows", { subnet: allows, nic: unread }, inside, "unknown", "nic-nsg"],
    ["the group of the NIC, behind one that denies", { subnet: denies, nic: unread }, inside, "denied", "subnet-nsg"],
    ["the group of the subnet, before one that denies", { subnet: unread, nic: denies }, inside, "denied", "nic-nsg"],
    [
      "the group of the subnet, before one that allows",
      { subnet: unread, nic: allows },
      inside,
      "unknown",
      "subnet-nsg",
    ],
    ["the admin rules", { nic: allows, virtualNetwork: { adminRules: unread } }, inside, "unknown", "admin-rules"],
    [
      "the admin rules, before a group that denies",
      { nic: denies, virtualNetwork: { adminRules: unread } },
      inside,
      "unknown",
      "admin-rules",
    ],
    [
      "the public address, behind which a group decides",
      { nic: allows, configuration: { publicAddress: unread } },
      client,
      "allowed",
      "nic-nsg",
    ],
    [
      "the public address, behind which there is no group",
      { configuration: { publicAddress: unread } },
      client,
      "unknown",
      "public-ip",
    ],
    ["the public address, for those inside", { configuration: { publicAddress: unread } }, inside, "allowed", "no-nsg"],
    [
      "the policy of just-in-time access",
      { nic: allows, configuration: publicly, more: { jit: unread } },
      client,
      "allowed",
      "nic-nsg",
    ],
  ])("%s", (_, network, source, verdict, layer) => {
    const found = only(network, source);
    expect(found).toMatchObject({ verdict, decidedBy: { layer } });
    if (verdict === "unknown") expect(found.because).toContain("some/action");
  });

  test("without its virtual network a VM is not known to be open to anybody", () => {
    const virtualNetworks = [{ id: "/vnet", ...unread }];
    const configuration = { virtualNetworkId: "/vnet", subnet: { id: "/s", routed: true, securityGroup: unread } };
    const found = evaluateNetwork(
      networkWith({ subnet: unread, nic: allows, configuration, more: { virtualNetworks } }),
      [inside],
      3389,
    );
    expect(found).toMatchObject([{ verdict: "unknown", because: expect.stringContaining("some/action") }]);
  });

  test("prefixes that are none, and such that overlap", () => {
    const prefixes = ["10.0.0.0/16", "10.0.0.0/8", "10.0.0.0/33", "the office"];
    const network = { nic: group("nsg"), virtualNetwork: { prefixes } };
    expect(only(network, "10.200.0.1")).toMatchObject({ verdict: "allowed" });
    expect(only(network, "192.168.7.7")).toMatchObject({ verdict: "unknown", decidedBy: { rule: "AllowVnetInBound" } });
    const odd = rule({ name: "odd", priority: 150, access: "Deny", sources: ["10.0.0.0/33", "10.0.9.0/24"] });
    expect(only({ nic: group("nsg", odd) }, inside)).toMatchObject({ verdict: "denied", decidedBy: { rule: "odd" } });
    expect(only({ nic: group("nsg", odd) }, "10.0.8.8")).toMatchObject({
      verdict: "unknown",
      decidedBy: { rule: "odd" },
    });
  });
});

describe("a denial names the rule that misses by one field", () => {
  const client = "203.0.113.7";
  const forwarding = {
    loadBalancer: "lb",
    rule: "nat",
    frontAddress: "20.50.1.2",
    frontPorts: "50001",
    backendPort: 3389,
    sku: "Standard",
  } as const;
  const because = (edit: Partial<SecurityRule>, configuration: Partial<IpConfiguration> = {}, source = client) =>
    only(
      {
        nic: group("nsg", rule({ name: "rdp", priority: 300, sources: ["203.0.113.0/24"], ...edit })),
        configuration: { publicAddress: standardAddress, ...configuration },
      },
      source,
    ).because;

  test.each<[Partial<SecurityRule>, string]>([
    [{ protocol: "Udp" }, "(rule rdp is for UDP, and Remote Desktop needs TCP)"],
    [{ destinations: ["10.0.0.9/32"] }, "(rule rdp is for the destination 10.0.0.9 alone"],
    [{ destinations: [], destinationGroups: ["/x/asg-rdp"] }, "group asg-rdp alone, of which this NIC is no member)"],
    [{ sourcePorts: ["3389"] }, "its source ports must be *"],
  ])("%j", (edit, told) => {
    expect(because(edit)).toContain(told);
  });

  test("its port is the front port of a load balancer", () => {
    const behind = { publicAddress: null, forwardings: [forwarding] };
    expect(because({ destinationPorts: ["50001"] }, behind)).toContain("(rule rdp is for port 50001, and rules see");
    expect(because({ destinationPorts: ["443"] }, behind)).not.toContain("rule rdp");
  });

  test("its sources, where a client was named", () => {
    expect(because({}, {}, "198.51.100.7")).toContain("(rule rdp is for 203.0.113.0/24 alone)");
  });

  test("no rule that denies, or that misses by two fields", () => {
    expect(because({ access: "Deny", protocol: "Udp" })).not.toContain("rule rdp");
    expect(because({ protocol: "Udp", destinations: ["10.0.0.9"] })).not.toContain("rule rdp");
  });
});

describe("effective rules name no application security groups", () => {
  const written = group(
    "nsg",
    rule({ name: "rdp", priority: 300, destinations: [], destinationGroups: ["/x/asg-rdp"] }),
  );
  const inEffect = (destinations: string[]) => [
    { subnetId: null, group: group("nsg", rule({ name: "rdp", priority: 300, destinations })) },
  ];
  const verdictWith = (destinations: string[], applicationSecurityGroups: string[]) =>
    only(
      {
        nic: written,
        effective: inEffect(destinations),
        configuration: { publicAddress: standardAddress, applicationSecurityGroups },
      },
      "203.0.113.7",
    );

  test("the configured rule and the NIC's own groups decide", () => {
    expect(verdictWith(["unknown"], ["/x/asg-web"])).toMatchObject({ verdict: "denied", method: "effective" });
    expect(verdictWith(["unknown"], ["/X/ASG-RDP"])).toMatchObject({ verdict: "allowed", method: "effective" });
  });

  test("addresses that Azure has written in their place are more exact", () => {
    expect(verdictWith(["10.0.0.4/32"], ["/x/asg-web"])).toMatchObject({ verdict: "allowed" });
  });
});
