import fc from "fast-check";
import { expect, test } from "vitest";
import { readSecurityGroup } from "../../../lib/azure/network/security-group.ts";
import { SecurityGroup } from "../../../lib/core/network-evidence.ts";
import { readRules } from "../../../lib/network/rule-table.ts";
import { evaluateSecurityGroup } from "../../../lib/network/security-group.ts";
import { createTopology, originOf } from "../../../lib/network/topology.ts";
import { address } from "../../network/network-with.ts";

/** As the SDK gives it: the properties beside the name, what ARM left out undefined. */
function rule(more: object = {}) {
  return {
    name: "allow-rdp",
    priority: 300,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "3389",
    ...more,
  };
}

function group(
  securityRules: object[],
  defaultSecurityRules: object[] = [rule({ name: "DenyAllInBound", priority: 65500 })],
) {
  return { id: "/subscriptions/s/nsg", name: "nsg", securityRules, defaultSecurityRules };
}

function firstRule(given: object) {
  return SecurityGroup.parse(readSecurityGroup(group([given]))).rules[0];
}

test("own rules and defaults stand side by side", () => {
  expect(readSecurityGroup(group([rule()])).rules.map(({ name }) => name)).toEqual(["allow-rdp", "DenyAllInBound"]);
});

test("singular and plural are one list, whichever ARM used", () => {
  const plural = rule({
    sourceAddressPrefix: undefined,
    sourceAddressPrefixes: ["10.0.0.0/8", "VirtualNetwork"],
    destinationPortRange: "",
    destinationPortRanges: ["3389", "5986-5990"],
    sourcePortRange: "*",
    sourcePortRanges: [],
  });
  expect(firstRule(plural)).toMatchObject({
    sources: ["10.0.0.0/8", "VirtualNetwork"],
    sourcePorts: ["*"],
    destinations: ["*"],
    destinationPorts: ["3389", "5986-5990"],
  });
});

test("application security groups are kept by id, beside no prefix at all", () => {
  const given = rule({
    sourceAddressPrefix: undefined,
    sourceApplicationSecurityGroups: [{ id: "/asg/web", location: "x" }],
  });
  expect(firstRule(given)).toMatchObject({ sources: [], sourceGroups: ["/asg/web"], destinationGroups: [] });
});

const asg = (name: string) => ({ id: `/asg/${name}` });

test.each<[string, object, object]>([
  ["a star for everybody", {}, { sources: ["*"], sourcePorts: ["*"], destinations: ["*"] }],
  ["one address", { sourceAddressPrefix: "203.0.113.7" }, { sources: ["203.0.113.7"] }],
  ["a CIDR of the sixth version", { sourceAddressPrefix: "2001:db8::/32" }, { sources: ["2001:db8::/32"] }],
  [
    "a service tag of a region",
    { sourceAddressPrefix: "AzureCloud.WestEurope" },
    { sources: ["AzureCloud.WestEurope"] },
  ],
  [
    "sources in the plural, the singular empty",
    { sourceAddressPrefix: "", sourceAddressPrefixes: ["10.0.0.0/8", "Internet"] },
    { sources: ["10.0.0.0/8", "Internet"] },
  ],
  [
    "destinations in the plural, the singular null",
    { destinationAddressPrefix: null, destinationAddressPrefixes: ["10.0.0.4", "10.0.0.5"] },
    { destinations: ["10.0.0.4", "10.0.0.5"] },
  ],
  [
    "a singular beside an empty plural",
    { sourceAddressPrefixes: [], sourceApplicationSecurityGroups: [] },
    { sources: ["*"] },
  ],
  ["a singular that the plural repeats", { sourceAddressPrefixes: ["*"] }, { sources: ["*"] }],
  ["a range of ports", { destinationPortRange: "3000-4000" }, { destinationPorts: ["3000-4000"] }],
  [
    "ports of the client in the plural",
    { sourcePortRange: undefined, sourcePortRanges: ["1024-65535", "443"] },
    { sourcePorts: ["1024-65535", "443"] },
  ],
  [
    "groups as the destination",
    { destinationAddressPrefix: undefined, destinationApplicationSecurityGroups: [asg("web"), asg("sql")] },
    { destinations: [], destinationGroups: ["/asg/web", "/asg/sql"] },
  ],
  [
    "groups on both sides",
    {
      sourceAddressPrefix: undefined,
      sourceApplicationSecurityGroups: [asg("ops")],
      destinationAddressPrefix: undefined,
      destinationApplicationSecurityGroups: [asg("web")],
    },
    { sourceGroups: ["/asg/ops"], destinationGroups: ["/asg/web"] },
  ],
  ...["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"].map((protocol): [string, object, object] => [
    `the protocol ${protocol}`,
    { protocol },
    { protocol },
  ]),
  ["outbound", { direction: "Outbound" }, { direction: "Outbound" }],
])("a rule with %s", (_, given, expected) => {
  expect(firstRule(rule(given))).toMatchObject(expected);
});

test("words are given in one spelling", () => {
  expect(firstRule(rule({ protocol: "TCP", access: "deny", direction: "INBOUND" }))).toMatchObject({
    protocol: "Tcp",
    access: "Deny",
    direction: "Inbound",
  });
});

test.each([
  ["no default rules", { ...group([]), defaultSecurityRules: undefined }],
  ["empty default rules", group([], [])],
  ["a rule without priority", group([rule({ priority: undefined })])],
  ["a rule without access", group([rule({ access: undefined })])],
  ["a direction nobody knows", group([rule({ direction: "Sideways" })])],
  ["nothing", undefined],
])("%s is not taken for a security group", (_, answer) => {
  expect(() => readSecurityGroup(answer)).toThrow(/network security group/);
});

test.each<[string, object, object]>([
  ["an access nobody knows", { access: "Perhaps" }, { access: "Unknown" }],
  ["a protocol nobody knows", { protocol: "Sctp" }, { protocol: "Sctp" }],
  ["no source", { sourceAddressPrefix: "" }, { sources: ["(not named)"] }],
  ["no port", { destinationPortRange: undefined }, { destinationPorts: ["(not named)"] }],
])("a rule with %s makes the verdict unknown where it may apply, and costs nothing else", (_, given, expected) => {
  const deny = rule({ name: "DenyAllInBound", priority: 65500, access: "Deny" });
  const verdictOf = (...own: object[]) => {
    const { rules } = SecurityGroup.parse(readSecurityGroup(group(own, [deny])));
    const around = createTopology([]);
    const target = { destination: originOf(address("10.0.0.4"), around), port: 3389, destinationGroups: [] };
    return evaluateSecurityGroup(readRules(rules, target), originOf(address("203.0.113.7"), around));
  };
  expect(firstRule(rule(given))).toMatchObject(expected);
  expect(verdictOf(rule(given))).toMatchObject({ verdict: "unknown", rule: { name: "allow-rdp" } });
  expect(verdictOf(rule({ name: "first", priority: 100 }), rule(given))).toMatchObject({ verdict: "allowed" });
});

test("an access nobody knows is not taken for the one that comes after it", () => {
  const doubtful = rule({ access: "Perhaps", sourceAddressPrefix: "AzureCloud" });
  const { rules } = readSecurityGroup(group([doubtful, rule({ name: "allow-all", priority: 400 })]));
  const around = createTopology([]);
  const target = { destination: originOf(address("10.0.0.4"), around), port: 3389, destinationGroups: [] };
  const verdict = evaluateSecurityGroup(readRules(rules, target), originOf(address("203.0.113.7"), around));
  expect(verdict).toMatchObject({ verdict: "unknown", rule: { name: "allow-rdp" } });
});

test("merging loses nothing and invents nothing", () => {
  const prefix = fc.constantFrom("*", "10.0.0.0/8", "192.0.2.1", "Internet", "VirtualNetwork");
  fc.assert(
    fc.property(fc.option(prefix, { nil: undefined }), fc.array(prefix), (single, several) => {
      const given = [...(single === undefined ? [] : [single]), ...several];
      fc.pre(given.length > 0);
      const read = firstRule(rule({ sourceAddressPrefix: single, sourceAddressPrefixes: several }))?.sources ?? [];
      expect(new Set(read)).toEqual(new Set(given));
      expect(read.length).toBe(new Set(read).size);
    }),
  );
});

test("a rule that was deployed for a run tells when it must be removed; other descriptions tell nothing", () => {
  const described = (description: string) => firstRule(rule({ description }))?.expiresAt;
  const id = "3f1c2b1a-0000-4000-8000-000000000001";
  expect(described(`RDP remediation run ${id}, expires 2026-12-01T08:00:00Z`)).toBe("2026-12-01T08:00:00.000Z");
  for (const text of ["", "expires 2026-12-01", `RDP remediation run ${id}, expires never`]) {
    expect(described(text)).toBeUndefined();
  }
});
