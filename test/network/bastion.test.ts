import { describe, expect, test } from "vitest";
import type { Bastion, SecurityRule } from "../../lib/core/network-evidence.ts";
import { NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { proposeRules } from "../../lib/network/propose-rules.ts";
import { defaultRules, group, networkWith, rule } from "./network-with.ts";

/*
 * The rules and ports are those of the table in learn.microsoft.com, azure/bastion/bastion-nsg, copied by hand; Azure's
 * default rules follow them, as in every group.
 */

const subnet = "10.0.255.0/26";

type Row = [name: string, from: string, to: string, ports: string[], protocol?: string];
const inboundRows: Row[] = [
  ["AllowHttpsInbound", "Internet", "*", ["443"]],
  ["AllowGatewayManagerInbound", "GatewayManager", "*", ["443"]],
  ["AllowAzureLoadBalancerInbound", "AzureLoadBalancer", "*", ["443"]],
  ["AllowBastionHostCommunication", "VirtualNetwork", "VirtualNetwork", ["8080", "5701"], "*"],
];
const outboundRows: Row[] = [
  ["AllowSshRdpOutbound", "*", "VirtualNetwork", ["22", "3389"], "*"],
  ["AllowAzureCloudOutbound", "*", "AzureCloud", ["443"]],
  ["AllowBastionCommunication", "VirtualNetwork", "VirtualNetwork", ["8080", "5701"], "*"],
  ["AllowHttpOutbound", "*", "Internet", ["80"], "*"],
];
const table = [...inboundRows, ...outboundRows].map(([name, from, to, destinationPorts, protocol = "Tcp"], at) => {
  const direction = name.endsWith("Outbound") || name === "AllowBastionCommunication" ? "Outbound" : "Inbound";
  return rule({ name, priority: 100 + at, direction, protocol, sources: [from], destinations: [to], destinationPorts });
});
const denyAll = (["Inbound", "Outbound"] as const).map((direction) =>
  rule({
    name: `DenyAll${direction}`,
    priority: 4000,
    direction,
    access: "Deny",
    protocol: "*",
    destinationPorts: ["*"],
  }),
);
const defaultsOut = [
  rule({
    name: "AllowVnetOutBound",
    priority: 65000,
    direction: "Outbound",
    protocol: "*",
    sources: ["VirtualNetwork"],
    destinations: ["VirtualNetwork"],
    destinationPorts: ["*"],
  }),
  rule({
    name: "DenyAllOutBound",
    priority: 65500,
    direction: "Outbound",
    access: "Deny",
    protocol: "*",
    destinationPorts: ["*"],
  }),
];
const without = (...names: string[]) => table.filter(({ name }) => !names.includes(name));
const edited = (name: string, edit: Partial<SecurityRule>) =>
  table.map((one) => (one.name === name ? { ...one, ...edit } : one));

const standard = { sku: "Standard", provisioningState: "Succeeded", hasPublicAddress: true };

function bastionWith(rules: readonly SecurityRule[] | null, edit: Partial<Bastion> = {}): Bastion {
  const own = rules && {
    id: "/groups/nsg-bastion",
    name: "nsg-bastion",
    rules: [...rules, ...defaultRules, ...defaultsOut],
  };
  return { name: "bastion", prefixes: [subnet], securityGroup: own, host: standard, ...edit };
}

/** The office gets in, and GatewayManager does not. */
const withoutControlPlane = bastionWith([
  ...edited("AllowHttpsInbound", { sources: ["203.0.113.0/24"] }).filter(({ name }) => !/Gateway/.test(name)),
  ...denyAll,
]);

const open = group("nsg-app", rule({ name: "allow-all", priority: 200, destinationPorts: ["*"] }));

function verdictOf(bastion: Bastion, { source = subnet, port = 3389 } = {}): NetworkVerdict {
  const azure = networkWith({ nic: open, virtualNetwork: { bastions: [bastion] } });
  const [only, ...others] = evaluateNetwork(azure, [source], port);
  if (!only || others.length > 0) throw new Error("One way gives one verdict.");
  return NetworkVerdict.parse(only);
}

test("the documented rules are enough, with and without a denial of all else", () => {
  for (const rules of [table, [...table, ...denyAll]]) {
    const found = verdictOf(bastionWith(rules));
    expect(found).toMatchObject({ verdict: "allowed", path: "bastion", decidedBy: { layer: "nic-nsg" } });
    expect(found.trace[0]).toMatchObject({ layer: "bastion", verdict: "passed", nsg: "nsg-bastion" });
  }
});

test("without a group there is nothing to tell", () => {
  expect(verdictOf(bastionWith(null)).trace.map(({ layer }) => layer)).not.toContain("bastion");
  const { securityGroup: _, host: __, ...earlier } = bastionWith(null);
  expect(verdictOf(earlier)).toMatchObject({ verdict: "allowed" });
});

test.each([
  ["AllowHttpsInbound", "DenyAllInbound", "TCP 443 from the clients (Internet)"],
  ["AllowAzureLoadBalancerInbound", "DenyAllInbound", "TCP 443 from AzureLoadBalancer"],
  ["AllowBastionHostCommunication", "DenyAllInbound", "TCP 8080 between its hosts (inbound)"],
  ["AllowSshRdpOutbound", "DenyAllOutbound", "TCP 3389 to 10.0.0.4"],
  ["AllowBastionCommunication", "DenyAllOutbound", "TCP 8080 between its hosts (outbound)"],
])("without %s, %s denies %s", (missing, by, what) => {
  const found = verdictOf(bastionWith([...without(missing), ...denyAll]));
  expect(found).toMatchObject({
    verdict: "denied",
    path: "bastion",
    decidedBy: { layer: "bastion", nsg: "nsg-bastion", nsgId: "/groups/nsg-bastion", rule: by, priority: 4000 },
  });
  expect(found.because).toContain(`in NSG nsg-bastion of AzureBastionSubnet denies ${what}, which Azure Bastion needs`);
});

test("GatewayManager is a part of the Internet: it is denied where the clients are fewer", () => {
  expect(verdictOf(bastionWith([...without("AllowGatewayManagerInbound"), ...denyAll])).verdict).toBe("allowed");
  const found = verdictOf(withoutControlPlane);
  expect(found).toMatchObject({ verdict: "denied", decidedBy: { layer: "bastion", rule: "DenyAllInbound" } });
  expect(found.because).toContain("denies TCP 443 from GatewayManager, which Azure Bastion needs");
});

test.each(["AllowAzureCloudOutbound", "AllowHttpOutbound"])("without %s sessions go on", (missing) => {
  expect(verdictOf(bastionWith([...without(missing), ...denyAll]))).toMatchObject({ verdict: "allowed" });
});

describe("Azure's default rules", () => {
  test("have all but the Internet and GatewayManager", () => {
    expect(verdictOf(bastionWith([])).because).toContain("from the clients (Internet)");
    expect(verdictOf(bastionWith(without("AllowHttpsInbound", "AllowGatewayManagerInbound"))).verdict).toBe("denied");
    const two = table.filter(({ name }) => /^Allow(Https|GatewayManager)Inbound$/.test(name));
    expect(verdictOf(bastionWith(two))).toMatchObject({ verdict: "allowed" });
  });
});

test.each<[string, Partial<SecurityRule>, string]>([
  ["the public addresses of the clients", { sources: ["203.0.113.0/24"] }, "allowed"],
  ["everybody", { sources: ["0.0.0.0/0"] }, "allowed"],
  ["private addresses alone", { sources: ["10.0.0.0/8"] }, "denied"],
])("the clients may be %s", (_, edit, verdict) => {
  expect(verdictOf(bastionWith([...edited("AllowHttpsInbound", edit), ...denyAll]))).toMatchObject({ verdict });
});

test.each<[string, Partial<SecurityRule>, string]>([
  ["the Internet, of which it is a part", { sources: ["Internet"] }, "allowed"],
  ["everybody", { sources: ["*"] }, "allowed"],
  ["another tag of Azure, which may have it", { sources: ["AzureCloud.westeurope"] }, "unknown"],
  ["many public addresses, which may be its", { sources: ["20.0.0.0/8"] }, "unknown"],
  ["few public addresses, which are not all of it", { sources: ["20.50.0.0/16"] }, "denied"],
  ["it in any case of letters", { sources: ["gatewaymanager"] }, "allowed"],
  ["it, by UDP", { protocol: "Udp" }, "denied"],
  ["it, at another port", { destinationPorts: ["8443"] }, "denied"],
  ["it, to another subnet", { destinations: ["10.0.1.0/24"] }, "denied"],
])("a rule that lets in %s", (_, edit, verdict) => {
  const rules = [...without("AllowHttpsInbound"), ...denyAll].map((one) =>
    one.name === "AllowGatewayManagerInbound" ? { ...one, ...edit } : one,
  );
  const host = { ...standard, hasPublicAddress: false };
  expect(verdictOf(bastionWith(rules, { host }))).toMatchObject({ verdict });
});

test("a private-only host needs no clients from the Internet, and so does one that could not be read", () => {
  const rules = [...without("AllowHttpsInbound"), ...denyAll];
  for (const host of [{ ...standard, hasPublicAddress: false }, { unreadable: "no right" }]) {
    expect(verdictOf(bastionWith(rules, { host }))).toMatchObject({ verdict: "allowed" });
  }
});

test("the way to the VM may name its application security group", () => {
  const rules = [...edited("AllowSshRdpOutbound", { destinations: [], destinationGroups: ["/asg/APP"] }), ...denyAll];
  const bastion = bastionWith(rules);
  const asked = (applicationSecurityGroups: string[]) => {
    const configuration = { applicationSecurityGroups };
    const azure = networkWith({ nic: open, configuration, virtualNetwork: { bastions: [bastion] } });
    return evaluateNetwork(azure, [subnet], 3389)[0]?.verdict;
  };
  expect(asked(["/asg/app"])).toBe("allowed");
  expect(asked([])).toBe("denied");
});

test("a port that the outgoing rules lack is denied, and a SKU without other ports says so first", () => {
  const bastion = bastionWith([...table, ...denyAll]);
  expect(verdictOf(bastion, { port: 3390 }).because).toContain("denies TCP 3390 to 10.0.0.4");
  const basic = bastionWith(null, { host: { ...standard, sku: "Basic" } });
  expect(verdictOf(basic)).toMatchObject({ verdict: "allowed" });
  expect(verdictOf(basic, { port: 3390 })).toMatchObject({
    verdict: "denied",
    decidedBy: { layer: "bastion", rule: null },
  });
  expect(verdictOf(bastionWith(null), { port: 3390 })).toMatchObject({ verdict: "allowed" });
});

test("what could not be read, and a host that failed, are unknown; one that is updated is not", () => {
  expect(verdictOf(bastionWith(null, { securityGroup: { unreadable: "no right." } }))).toMatchObject({
    verdict: "unknown",
  });
  const inState = (provisioningState: string) =>
    verdictOf(bastionWith(table, { host: { ...standard, provisioningState } }));
  expect(inState("Failed")).toMatchObject({ verdict: "unknown", decidedBy: { layer: "bastion" } });
  expect(inState("Failed").because).toContain("provisioning state Failed");
  expect(inState("Updating")).toMatchObject({ verdict: "allowed" });
});

test("one address of the subnet comes by the host, and a wider range does not", () => {
  const bastion = withoutControlPlane;
  expect(verdictOf(bastion, { source: "10.0.255.5" })).toMatchObject({ verdict: "denied" });
  for (const source of ["10.0.0.0/16", "VirtualNetwork", "10.0.9.9"]) {
    expect(verdictOf(bastion, { source })).toMatchObject({ verdict: "allowed" });
  }
});

test("no rule at the VM is proposed, also where both subnets share a group", () => {
  const bastion = withoutControlPlane;
  const shared = bastion.securityGroup && "rules" in bastion.securityGroup ? bastion.securityGroup : undefined;
  for (const nic of [open, shared]) {
    const azure = networkWith({ ...(nic && { nic }), virtualNetwork: { bastions: [bastion] } });
    const ids = { runId: "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b", expiresAt: "2026-11-22T08:00:00.000Z" };
    const { proposals, notProposed } = proposeRules(azure, evaluateNetwork(azure, [subnet], 3389), ids);
    expect(proposals).toEqual([]);
    expect(notProposed[0]?.because).toContain("ask the network owner");
  }
});

test("Bastion Developer comes from an address of Azure, which can be named", () => {
  const denies = group("nsg-app", rule({ name: "deny-rdp", priority: 200, access: "Deny" }));
  const [found] = evaluateNetwork(networkWith({ nic: denies }), ["168.63.129.16"], 3389);
  expect(found).toMatchObject({ verdict: "denied", decidedBy: { layer: "nic-nsg", rule: "deny-rdp" } });
  expect(evaluateNetwork(networkWith({ nic: group("nsg-app") }), ["168.63.129.16"], 3389)[0]).toMatchObject({
    verdict: "allowed",
  });
});
