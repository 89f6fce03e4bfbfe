import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NetworkHop, type NetworkLayer, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { healthyAzureEvidence } from "../fixtures/evidence.ts";
import { group, networkWith, rule, standardAddress } from "./network-with.ts";

const client = "203.0.113.7";
const office = rule({ name: "allow-office", priority: 200, sources: ["203.0.113.0/24"] });
const bastion = rule({ name: "allow-bastion", priority: 210, sources: ["10.0.1.0/26"] });
const denyAll = rule({ name: "deny-all", priority: 4000, access: "Deny" });
const noRule = { nsg: null, nsgId: null, rule: null, priority: null };

/** The one verdict on a VM that has a public address, unless the network says otherwise. */
function verdictOf(network: Parameters<typeof networkWith>[0], source: string): NetworkVerdict {
  const configuration = { publicAddress: standardAddress, ...network.configuration };
  const [verdict, ...others] = evaluateNetwork(networkWith({ ...network, configuration }), [source], 3389);
  if (!verdict || others.length > 0) throw new Error("One path gives one verdict.");
  return NetworkVerdict.parse(verdict);
}

function step(layer: NetworkLayer, verdict: NetworkHop["verdict"]) {
  return { layer, verdict, nsg: null, rule: null, priority: null };
}

describe("two groups on a path", () => {
  const allows = group("open", office);
  const denies = group("shut", denyAll);

  test.each([
    ["both allow: the last is named", allows, group("nic", office), "allowed", "nic-nsg", "nic"],
    ["the subnet denies", denies, allows, "denied", "subnet-nsg", "shut"],
    ["the NIC denies", allows, denies, "denied", "nic-nsg", "shut"],
    ["both deny: the first is named", denies, group("nic"), "denied", "subnet-nsg", "shut"],
    ["the subnet alone", allows, undefined, "allowed", "subnet-nsg", "open"],
    ["the NIC alone", undefined, allows, "allowed", "nic-nsg", "open"],
  ])("%s", (_, subnet, nic, verdict, layer, name) => {
    expect(verdictOf({ subnet, nic }, client)).toMatchObject({ verdict, decidedBy: { layer, nsg: name } });
  });

  test("a denial is sure although the other group is not", () => {
    const doubt = group("doubt", rule({ priority: 150, sources: ["AzureCloud"] }));
    expect(verdictOf({ subnet: doubt, nic: denies }, client)).toMatchObject({
      verdict: "denied",
      decidedBy: { layer: "nic-nsg" },
    });
    expect(verdictOf({ subnet: doubt, nic: allows }, client)).toMatchObject({
      verdict: "unknown",
      decidedBy: { layer: "subnet-nsg" },
    });
  });

  test("the deciding rule, its priority and its layer are told in one sentence", () => {
    expect(verdictOf({ subnet: allows }, client)).toEqual({
      source: client,
      asked: true,
      destination: "10.0.0.4:3389",
      path: "public",
      verdict: "allowed",
      share: 1,
      decidedBy: { layer: "subnet-nsg", nsg: "open", nsgId: "/groups/open", rule: "allow-office", priority: 200 },
      trace: [
        { ...step("public-ip", "passed"), why: "the public address 20.50.1.1 leads to 10.0.0.4" },
        { ...step("admin-rules", "passed"), why: "no security admin rule matches" },
        {
          layer: "subnet-nsg",
          verdict: "allowed",
          nsg: "open",
          rule: "allow-office",
          priority: 200,
          why: "rule allow-office (priority 200) in NSG open of the subnet allows it",
        },
      ],
      method: "static",
      notEffective: null,
      crossChecks: [],
      because: `${client} reaches 10.0.0.4:3389: rule allow-office (priority 200) in NSG open of the subnet allows it.`,
    });
    expect(verdictOf({ nic: denies }, client).because).toBe(
      `${client} does not reach 10.0.0.4:3389: rule deny-all (priority 4000) in NSG shut of the NIC denies it.`,
    );
  });
});

describe("no group anywhere", () => {
  test.each([
    ["a private path is open", "10.0.9.9", undefined, "allowed", "no-nsg"],
    ["but from a private network that is not near there is none", "172.16.0.9", undefined, "unknown", "unreadable"],
    ["the virtual network gets in beside a public address", "VirtualNetwork", standardAddress, "allowed", "no-nsg"],
    ["a Standard public address lets nothing in", client, standardAddress, "denied", "public-ip"],
    ["nor for the tag", "Internet", standardAddress, "denied", "public-ip"],
    ["a Basic public address is open", client, { ...standardAddress, sku: "Basic" as const }, "allowed", "no-nsg"],
    ["without a public address another way is not known", client, undefined, "unknown", "public-ip"],
  ])("%s", (_, source, publicAddress, verdict, layer) => {
    const found = verdictOf({ configuration: { publicAddress: publicAddress ?? null } }, source);
    expect(found).toMatchObject({ verdict, decidedBy: { layer, ...noRule } });
  });
});

describe("sources that are more than one address", () => {
  test("the virtual network gets in when a part of it does", () => {
    const found = verdictOf({ subnet: group("nsg", bastion, denyAll) }, "VirtualNetwork");
    expect(found).toMatchObject({ verdict: "allowed", decidedBy: { rule: "allow-bastion" } });
    expect(found.because).toMatch(/^Part of VirtualNetwork reaches 10\.0\.0\.4:3389: for 10\.0\.1\.0, /);
  });

  test("parts that one group lets in and the other does not make no way", () => {
    const other = rule({ priority: 210, sources: ["10.0.2.0/26"] });
    const found = verdictOf(
      { subnet: group("s", bastion, denyAll), nic: group("n", other, denyAll) },
      "VirtualNetwork",
    );
    expect(found).toMatchObject({ verdict: "denied" });
  });

  test("the Internet gets in when an office does", () => {
    const subnet = group("nsg", office);
    expect(verdictOf({ subnet }, "Internet")).toMatchObject({
      verdict: "allowed",
      because: expect.stringContaining("Part of Internet reaches 10.0.0.4:3389: for 203.0.113.0"),
    });
    expect(verdictOf({ subnet: group("nsg") }, "Internet")).toMatchObject({
      verdict: "denied",
      decidedBy: { rule: "DenyAllInBound" },
    });
  });

  test("a rule for private addresses lets in nothing of the Internet", () => {
    const subnet = group("nsg", rule({ sources: ["10.0.0.0/8", "192.168.0.0/16"] }));
    expect(verdictOf({ subnet }, "Internet")).toMatchObject({ verdict: "denied" });
  });

  test("a CIDR of which only a part gets in is unknown, and the part that does not is named", () => {
    const found = verdictOf({ subnet: group("nsg", bastion, denyAll) }, "10.0.0.0/16");
    expect(found).toMatchObject({ verdict: "unknown", decidedBy: { rule: "deny-all" } });
    expect(found.because).toMatch(
      /^Not all of 10\.0\.0\.0\/16 reaches 10\.0\.0\.4:3389: for 10\.0\.0\.0, rule deny-all/,
    );
  });

  test("a CIDR is allowed when rules let it in piece by piece", () => {
    const halves = ["10.0.1.0/27", "10.0.1.32/27"].map((half, at) => rule({ priority: 100 + at, sources: [half] }));
    expect(verdictOf({ subnet: group("nsg", ...halves, denyAll) }, "10.0.1.0/26")).toMatchObject({
      verdict: "allowed",
    });
  });

  test("a peered network is near, and what a gateway may bring is not known to be", () => {
    const subnet = group("nsg");
    const peered = { peerings: [{ name: "hub", prefixes: ["172.16.0.0/16"] }] };
    expect(verdictOf({ subnet, virtualNetwork: peered }, "172.16.4.0/24")).toMatchObject({
      verdict: "allowed",
      path: "private",
      decidedBy: { rule: "AllowVnetInBound" },
    });
    expect(verdictOf({ subnet, virtualNetwork: { gateway: true } }, "172.16.4.0/24")).toMatchObject({
      verdict: "unknown",
      decidedBy: { rule: "AllowVnetInBound" },
      because: expect.stringContaining("would allow it, if it applies"),
    });
    expect(verdictOf({ subnet, more: { onPremises: ["172.16.0.0/12"] } }, "172.16.4.0/24")).toMatchObject({
      verdict: "allowed",
    });
    expect(verdictOf({ subnet }, "172.16.4.0/24")).toMatchObject({
      verdict: "denied",
      decidedBy: { rule: "DenyAllInBound" },
    });
  });

  test("a private address from which nothing leads here is asked in vain, whatever the rules allow", () => {
    expect(verdictOf({ subnet: group("nsg", rule({})) }, "192.168.1.20")).toMatchObject({
      verdict: "unknown",
      path: "private",
      decidedBy: { layer: "unreadable" },
      because: expect.stringContaining("comes by the router's public address"),
    });
  });

  const lastBytes = fc.integer({ min: 0, max: 31 });
  const blocks = fc.array(
    fc.record({
      at: lastBytes,
      bits: fc.integer({ min: 27, max: 32 }),
      access: fc.constantFrom("Allow" as const, "Deny" as const),
    }),
    { maxLength: 5 },
  );

  test("a CIDR is judged as all of its addresses are, one by one", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(blocks, lastBytes, fc.integer({ min: 28, max: 32 }), (rules, at, bits) => {
        const written = rules.map((block, index) =>
          rule({ priority: 100 + index, access: block.access, sources: [`203.0.113.${block.at}/${block.bits}`] }),
        );
        const subnet = group("nsg", ...written);
        const size = 2 ** (32 - bits);
        const first = at - (at % size);
        const each = Array.from(
          { length: size },
          (_, add) => verdictOf({ subnet }, `203.0.113.${first + add}`).verdict,
        );
        const expected = new Set(each).size === 1 ? each[0] : "unknown";
        seen.add(String(expected));
        expect(verdictOf({ subnet }, `203.0.113.${at}/${bits}`).verdict).toBe(expected);
      }),
      { numRuns: 400 },
    );
    expect(seen).toEqual(new Set(["allowed", "denied", "unknown"]));
  });
});

describe("which questions are asked", () => {
  test("by default the virtual network, and the Internet where the VM has a public address", () => {
    const asked = (publicAddress: typeof standardAddress | null) =>
      evaluateNetwork(networkWith({ configuration: { publicAddress } }), [], 3389).map(({ source }) => source);
    expect(asked(null)).toEqual(["VirtualNetwork"]);
    expect(asked(standardAddress)).toEqual(["VirtualNetwork", "Internet"]);
  });

  test("each source once, in the order and spelling in which it was named, for the guest's own port", () => {
    const verdicts = evaluateNetwork(networkWith({}), ["internet", client, "10.0.0.9", client], 3390);
    expect(verdicts.map(({ source, destination }) => [source, destination])).toEqual([
      ["internet", "10.0.0.4:3390"],
      [client, "10.0.0.4:3390"],
      ["10.0.0.9", "10.0.0.4:3390"],
    ]);
  });

  test("for every address of the VM that speaks the source's version", () => {
    const azure = networkWith({});
    if (!("interfaces" in azure.network)) throw new Error("The fixture has a network.");
    const [nic] = azure.network.interfaces;
    const [first] = nic?.ipConfigurations ?? [];
    if (!nic || !first) throw new Error("The fixture has an address.");
    const [vnet] = azure.network.virtualNetworks;
    if (vnet && "prefixes" in vnet) vnet.prefixes.push("fd00::/64");
    const sixth = { ...first, privateAddress: "fd00::4" };
    nic.ipConfigurations.push({ ...first, privateAddress: "10.0.0.5" }, sixth);
    azure.network.interfaces.push({
      ...nic,
      securityGroup: group("second", denyAll),
      ipConfigurations: [{ ...first, privateAddress: "10.0.7.4" }],
    });
    const destinations = (source: string) =>
      evaluateNetwork(azure, [source], 3389).map(({ destination }) => destination);
    expect(destinations("10.0.9.9")).toEqual(["10.0.0.4:3389", "10.0.0.5:3389", "10.0.7.4:3389"]);
    expect(destinations("fd00::9")).toEqual(["[fd00::4]:3389"]);
    expect(evaluateNetwork(azure, ["VirtualNetwork"], 3389).map(({ verdict }) => verdict)).toEqual([
      "allowed",
      "allowed",
      "allowed",
      "denied",
    ]);
  });
});

describe("the part of a source that gets in", () => {
  test("counts addresses, not rules", () => {
    const half = rule({ name: "half", priority: 150, access: "Deny", sources: ["0.0.0.0/1"] });
    const open = rule({ name: "open", priority: 160 });
    const share = (...rules: ReturnType<typeof rule>[]) =>
      verdictOf({ subnet: group("g", ...rules) }, "Internet").share ?? Number.NaN;
    expect(share(open)).toBe(1);
    expect(share(half, open)).toBeGreaterThan(0.3);
    expect(share(half, open)).toBeLessThan(0.7);
    expect(share(half)).toBe(0);
    const banned = rule({ name: "banned", priority: 150, access: "Deny", sources: ["203.0.113.0/24", "198.51.100.7"] });
    expect(share(banned, open)).toBeGreaterThan(0.99);
    expect(share(rule({ name: "office", sources: ["203.0.113.0/24"] }))).toBeLessThan(0.01);
  });
});

describe("what cannot be judged is unknown", () => {
  test("a network that was not read", () => {
    const azure = { ...healthyAzureEvidence(), network: { unreadable: "The right is missing." } };
    const unread = (source: string, asked = true) => ({
      source,
      asked,
      destination: "*:3389",
      path: "private",
      trace: [],
      method: "static",
      notEffective: null,
      crossChecks: [],
      verdict: "unknown",
      share: 0,
      decidedBy: { layer: "unreadable", ...noRule },
      because: expect.stringContaining("The right is missing."),
    });
    expect(evaluateNetwork(azure, [], 3389)).toEqual([unread("VirtualNetwork", false)]);
    expect(evaluateNetwork(azure, [client, "Internet"], 3389)).toEqual([unread(client), unread("Internet")]);
  });

  test.each([
    ["a source that is none", "the office", "no address"],
    ["a source of another version", "2001:db8::1", "no IPv6 address"],
  ])("%s", (_, source, word) => {
    expect(verdictOf({ subnet: group("nsg", rule({})) }, source)).toMatchObject({
      verdict: "unknown",
      decidedBy: { layer: "unreadable" },
      because: expect.stringContaining(word),
    });
  });

  test("a VM without an address, and a network without an address space", () => {
    const without = networkWith({ configuration: { privateAddress: "" } });
    expect(evaluateNetwork(without, [client], 3389)).toMatchObject([
      { verdict: "unknown", decidedBy: { layer: "unreadable" } },
    ]);
    const unread = { id: "/vnet", unreadable: "The right is missing." };
    const spaceless = verdictOf(
      { configuration: { virtualNetworkId: "/vnet" }, more: { virtualNetworks: [unread] } },
      "VirtualNetwork",
    );
    expect(spaceless).toMatchObject({ verdict: "unknown", because: expect.stringContaining("address space") });
  });
});
