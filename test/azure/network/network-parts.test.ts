import { describe, expect, test } from "vitest";
import { createClients } from "../../../lib/azure/clients.ts";
import { readAdminRules } from "../../../lib/azure/network/admin-rules.ts";
import { verifyFlows } from "../../../lib/azure/network/ip-flow-verify.ts";
import { readJitPolicy } from "../../../lib/azure/network/jit-policy.ts";
import {
  BalancerReferences,
  balancersOf,
  forwardingsTo,
  readLoadBalancer,
} from "../../../lib/azure/network/load-balancer.ts";
import { NetworkId } from "../../../lib/azure/network/network-id.ts";
import { readVirtualNetwork } from "../../../lib/azure/network/virtual-network.ts";
import { AdminRule, JitPolicy } from "../../../lib/core/network-evidence.ts";
import { type Answer, credential, fakeArm, networkPath, vm, vmPath } from "../fake-arm.ts";

const vnetId = `${networkPath}/virtualNetworks/vnet`;
const vnet = NetworkId.parse(vnetId);

function clientsFor(routes: Record<string, Answer | Answer[]>) {
  const arm = fakeArm(routes);
  return { arm, clients: createClients({ credential, httpClient: arm }) };
}

const ok = (body: unknown): Answer => ({ status: 200, body });

describe("security admin rules", () => {
  const asked = `POST ${vnetId}/listNetworkManagerEffectiveSecurityAdminRules`;
  const rule = (properties: object, more: object = {}) => ({
    kind: "Custom",
    id: `${networkPath}/networkManagers/m/securityAdminConfigurations/c/ruleCollections/r/rules/deny-rdp`,
    properties: {
      protocol: "Tcp",
      sources: [{ addressPrefix: "Internet", addressPrefixType: "ServiceTag" }],
      destinations: [{ addressPrefix: "*", addressPrefixType: "IPPrefix" }],
      sourcePortRanges: ["0-65535"],
      destinationPortRanges: ["3389"],
      access: "Deny",
      priority: 10,
      direction: "Inbound",
      ...properties,
    },
    ...more,
  });

  async function readOne(properties: object, more: object = {}) {
    const { clients } = clientsFor({ [asked]: ok({ value: [rule(properties, more)] }) });
    const [read] = await readAdminRules(clients, vnet);
    return AdminRule.parse(read);
  }

  test("are read whole", async () => {
    expect(await readOne({})).toEqual({
      name: "deny-rdp",
      priority: 10,
      direction: "Inbound",
      access: "Deny",
      protocol: "Tcp",
      sources: ["Internet"],
      sourcePorts: ["0-65535"],
      destinations: ["*"],
      destinationPorts: ["3389"],
      sourceGroups: [],
      destinationGroups: [],
    });
  });

  test.each<[string, object, object]>([
    ["any protocol", { protocol: "Any" }, { protocol: "*" }],
    ["an access that only they have", { access: "AlwaysAllow" }, { access: "AlwaysAllow" }],
    ["no sources, which may be anybody", { sources: [] }, { sources: ["(not named)"] }],
    ["no ports", { destinationPortRanges: undefined }, { destinationPorts: ["(not named)"] }],
    [
      "a group of networks, whose addresses are not told",
      {
        sources: [
          { addressPrefix: `${networkPath}/networkManagers/m/networkGroups/g`, addressPrefixType: "NetworkGroup" },
        ],
      },
      { sources: [`${networkPath}/networkManagers/m/networkGroups/g`] },
    ],
  ])("%s", async (_, properties, expected) => {
    expect(await readOne(properties)).toMatchObject(expected);
  });

  test("those that every network manager brings along are rules like others", async () => {
    expect(await readOne({ flag: "AllowVnetInbound" }, { kind: "Default" })).toMatchObject({ access: "Deny" });
  });

  test("come in pages, and outbound ones are left out", async () => {
    const pages = [
      ok({ value: [rule({ priority: 1 }), rule({ direction: "Outbound" })], skipToken: "more" }),
      ok({ value: [rule({ priority: 2 })] }),
    ];
    const { arm, clients } = clientsFor({ [asked]: pages });
    expect((await readAdminRules(clients, vnet)).map(({ priority }) => priority)).toEqual([1, 2]);
    expect(arm.calls.map(({ body }) => JSON.parse(String(body)))).toEqual([{}, { skipToken: "more" }]);
  });

  test("without an end are no list", async () => {
    const { clients } = clientsFor({ [asked]: Array(30).fill(ok({ value: [], skipToken: "more" })) });
    await expect(readAdminRules(clients, vnet)).rejects.toThrow("more than 20 pages");
  });
});

describe("a virtual network", () => {
  const subnet = (name: string, properties: object = {}) => ({
    id: `${vnetId}/subnets/${name}`,
    name,
    properties: { addressPrefix: "10.0.0.0/24", ...properties },
  });
  const read = (properties: object) => {
    const body = {
      id: vnetId,
      name: "vnet",
      properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] }, ...properties },
    };
    return readVirtualNetwork(clientsFor({ [`GET ${vnetId}`]: ok(body) }).clients, vnet);
  };

  test("has peerings that are open, and none that are not", async () => {
    const peering = (name: string, properties: object) => ({
      name,
      properties: {
        peeringState: "Connected",
        allowVirtualNetworkAccess: true,
        remoteAddressSpace: { addressPrefixes: [`10.${name}.0.0/16`] },
        ...properties,
      },
    });
    const network = await read({
      subnets: [],
      virtualNetworkPeerings: [
        peering("1", {}),
        peering("2", { peeringState: "Disconnected" }),
        peering("3", { allowVirtualNetworkAccess: false }),
      ],
    });
    expect(network).toMatchObject({ peerings: [{ name: "1", prefixes: ["10.1.0.0/16"] }], gateway: false });
  });

  test.each<[string, object]>([
    ["its own", { subnets: [subnet("GatewaySubnet")] }],
    ["its peer's", { subnets: [], virtualNetworkPeerings: [{ name: "hub", properties: { useRemoteGateways: true } }] }],
  ])("has a gateway: %s", async (_, properties) => {
    expect(await read(properties)).toMatchObject({ gateway: true });
  });

  test("has a Bastion host where one lives in the subnet of that name", async () => {
    const host = { id: `${networkPath}/bastionHosts/bas/bastionHostIpConfigurations/IpConf` };
    const place = { addressPrefix: undefined, addressPrefixes: ["10.0.255.0/26"] };
    expect(
      await read({ subnets: [subnet("AzureBastionSubnet", { ...place, ipConfigurations: [host] })] }),
    ).toMatchObject({
      bastions: [{ id: { name: "bas" }, securityGroup: null, prefixes: ["10.0.255.0/26"] }],
    });
    expect(await read({ subnets: [subnet("AzureBastionSubnet", place)] })).toMatchObject({ bastions: [] });
    expect(await read({ subnets: [subnet("other", { ipConfigurations: [host] })] })).toMatchObject({ bastions: [] });
  });

  test("tells which subnets have a route table", async () => {
    const network = await read({
      subnets: [subnet("a", { routeTable: { id: `${networkPath}/routeTables/rt` } }), subnet("b")],
    });
    expect(network.subnets.map(({ routed, routeTable }) => [routed, routeTable?.name])).toEqual([
      [true, "rt"],
      [false, undefined],
    ]);
  });
});

describe("a load balancer", () => {
  const id = `${networkPath}/loadBalancers/lb`;
  const front = (name: string, properties: object) => ({
    id: `${id}/frontendIPConfigurations/${name}`,
    name,
    properties,
  });
  const publicFront = front("public", { publicIPAddress: { id: `${networkPath}/publicIPAddresses/lb-ip` } });
  const pool = { id: `${id}/backendAddressPools/pool` };
  const rule = (kind: string, name: string, properties: object = {}) => ({
    id: `${id}/${kind}/${name}`,
    name,
    properties: {
      frontendIPConfiguration: { id: publicFront.id },
      frontendPort: 50001,
      backendPort: 3389,
      protocol: "Tcp",
      ...properties,
    },
  });
  const references = BalancerReferences.parse({
    loadBalancerInboundNatRules: [{ id: `${id}/inboundNatRules/own` }],
    loadBalancerBackendAddressPools: [pool],
  });

  async function forwardings(properties: object, sku: object | undefined = { name: "Standard" }) {
    const body = { id, name: "lb", sku, properties: { frontendIPConfigurations: [publicFront], ...properties } };
    const balancer = await readLoadBalancer(clientsFor({ [`GET ${id}`]: ok(body) }).clients, NetworkId.parse(id));
    return forwardingsTo(balancer, references).map(({ front: { name }, ...rest }) => ({ ...rest, front: name }));
  }

  test("is named by rules and by pools, once", () => {
    expect(balancersOf(references).map(({ root }) => root)).toEqual([id]);
    expect(balancersOf(BalancerReferences.parse({}))).toEqual([]);
  });

  const nat = { loadBalancer: "lb", backendPort: 3389, sku: "Standard", front: "lb-ip" };

  test.each<[string, object, object[]]>([
    [
      "a NAT rule of this address",
      { inboundNatRules: [rule("inboundNatRules", "own")] },
      [{ ...nat, rule: "own", frontPorts: "50001" }],
    ],
    ["one of another", { inboundNatRules: [rule("inboundNatRules", "other")] }, []],
    [
      "one for the pool, with a range of ports",
      {
        inboundNatRules: [
          rule("inboundNatRules", "range", {
            backendAddressPool: pool,
            frontendPort: undefined,
            frontendPortRangeStart: 50000,
            frontendPortRangeEnd: 50009,
          }),
        ],
      },
      [{ ...nat, rule: "range", frontPorts: "50000-50009" }],
    ],
    [
      "a load balancing rule for the pool",
      { loadBalancingRules: [rule("loadBalancingRules", "lbr", { backendAddressPool: pool })] },
      [{ ...nat, rule: "lbr", frontPorts: "50001" }],
    ],
    ["one for UDP", { inboundNatRules: [rule("inboundNatRules", "own", { protocol: "Udp" })] }, []],
    [
      "one with a private front",
      {
        frontendIPConfigurations: [front("public", { privateIPAddress: "10.0.0.200" })],
        inboundNatRules: [rule("inboundNatRules", "own")],
      },
      [],
    ],
  ])("%s", async (_, properties, expected) => {
    expect(await forwardings(properties)).toEqual(expected);
  });

  test("without a SKU is Basic", async () => {
    const [one] = await forwardings({ inboundNatRules: [rule("inboundNatRules", "own")] }, { name: "Basic" });
    expect(one).toMatchObject({ sku: "Basic" });
  });
});

describe("the policy of just-in-time access", () => {
  const path = `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies`;
  const policy = (id: string, vmId: string) => ({
    id,
    name: "default",
    kind: "Basic",
    properties: {
      virtualMachines: [
        {
          id: vmId,
          ports: [
            { number: 3389, protocol: "*", allowedSourceAddressPrefix: "*", maxRequestAccessDuration: "PT3H" },
            {
              number: 22,
              protocol: "TCP",
              allowedSourceAddressPrefixes: ["10.0.0.0/8", "203.0.113.7"],
              maxRequestAccessDuration: "PT1H",
            },
          ],
        },
      ],
    },
  });
  const read = (value: object[]) =>
    readJitPolicy(clientsFor({ [`GET ${path}`]: ok({ value }) }).clients, vm, "westeurope");

  test("is the one that names the VM", async () => {
    const found = await read([policy("/p/1", `${vmPath}-other`), policy("/p/2", vmPath.toUpperCase())]);
    expect(JitPolicy.parse(found)).toEqual({
      id: "/p/2",
      ports: [
        { number: 3389, protocol: "*", sources: ["*"], maximumDuration: "PT3H" },
        { number: 22, protocol: "TCP", sources: ["10.0.0.0/8", "203.0.113.7"], maximumDuration: "PT1H" },
      ],
      grants: [],
    });
  });

  test("tells when the access that was granted to this VM ends; an odd request costs itself", async () => {
    const granted = (id: string, endTimeUtc: string) => ({
      requestor: "somebody@contoso.com",
      startTimeUtc: "2026-11-21T08:06:45.5691611Z",
      virtualMachines: [
        { id, ports: [{ number: 3389, endTimeUtc, status: "Initiated", statusReason: "UserRequested" }] },
      ],
    });
    const given = policy("/p/1", vmPath);
    const requests = [
      granted(vmPath.toLowerCase(), "2026-11-21T09:06:45.5691611Z"),
      granted(`${vmPath}-other`, "2026-11-21T10:00:00Z"),
      granted(vmPath, "soon"),
    ];
    const found = JitPolicy.parse(await read([{ ...given, properties: { ...given.properties, requests } }]));
    expect(found.grants).toEqual([{ port: 3389, endsAt: "2026-11-21T09:06:45.569Z" }]);
    const odd = await read([{ ...given, properties: { ...given.properties, requests: "none" } }]);
    expect(odd.grants).toEqual([]);
  });

  test("is missing where none does", async () => {
    await expect(read([policy("/p/1", `${vmPath}-other`)])).rejects.toThrow("no policy");
  });
});

describe("IP flow verify", () => {
  const watcher = `/subscriptions/${vm.subscriptionId}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope/ipFlowVerify`;
  const target = {
    vm,
    location: "westeurope",
    nicId: `${networkPath}/networkInterfaces/nic-1`,
    privateAddress: "10.0.0.4",
    port: 3390,
  };
  const allowed = ok({ access: "Allow", ruleName: "securityRules/allow-rdp" });

  test("is asked for each single address of the fourth version", async () => {
    const { arm, clients } = clientsFor({ [`POST ${watcher}`]: [allowed, ok({ access: "Deny" })] });
    const sources = ["203.0.113.7", "10.0.0.0/8", "2001:db8::1", "VirtualNetwork", "198.51.100.9"];
    const { checks, unverified } = await verifyFlows(
      clients,
      [target, { ...target, privateAddress: "fd00::4" }],
      sources,
    );
    expect(unverified).toBeNull();
    const answer = { privateAddress: "10.0.0.4", port: 3390 };
    expect(checks).toEqual([
      { source: "203.0.113.7", ...answer, verdict: "allowed", rule: "securityRules/allow-rdp" },
      { source: "198.51.100.9", ...answer, verdict: "denied", rule: null },
    ]);
    expect(JSON.parse(String(arm.calls[0]?.body))).toMatchObject({
      targetResourceId: vmPath,
      direction: "Inbound",
      protocol: "TCP",
      localPort: "3390",
      localIPAddress: "10.0.0.4",
      remoteIPAddress: "203.0.113.7",
    });
  });

  test("is not asked more often than a few times", async () => {
    const { arm, clients } = clientsFor({ [`POST ${watcher}`]: Array(20).fill(allowed) });
    const { unverified } = await verifyFlows(
      clients,
      [target],
      Array.from({ length: 20 }, (_, index) => `203.0.113.${index}`),
    );
    expect(arm.calls.length).toBe(6);
    expect(unverified).toBe("only 6 of 20 flows are verified.");
  });

  test.each<[string, Answer]>([
    ["no watcher", { status: 404, body: { error: { code: "ResourceGroupNotFound", message: "gone" } } }],
    ["no right", { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } }],
    ["an answer of another kind", ok({ access: "Perhaps" })],
  ])("%s is no cross-check", async (_, answer) => {
    const { clients } = clientsFor({ [`POST ${watcher}`]: answer });
    expect(await verifyFlows(clients, [target], ["203.0.113.7"])).toEqual({
      checks: [],
      unverified: expect.stringMatching(/^Could not verify the flow from 203\.0\.113\.7: ./),
    });
  });
});
