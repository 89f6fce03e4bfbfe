import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createClients } from "../../../lib/azure/clients.ts";
import { readEffectiveRules } from "../../../lib/azure/network/effective-rules.ts";
import { NetworkId } from "../../../lib/azure/network/network-id.ts";
import { crossCheckMs } from "../../../lib/azure/network/partial-evidence.ts";
import { NetworkInterface } from "../../../lib/core/network-evidence.ts";
import { type Answer, credential, fakeArm, networkPath, refusal, vm } from "../fake-arm.ts";

const nicId = `${networkPath}/networkInterfaces/nic-1`;
const subnetId = `${networkPath}/virtualNetworks/vnet/subnets/default`;
const groupId = `${networkPath}/networkSecurityGroups/nsg-app`;
const asked = `POST ${nicId}/effectiveNetworkSecurityGroups`;
const result = `/subscriptions/${vm.subscriptionId}/providers/Microsoft.Network/locations/westeurope/operationResults/1`;
const accepted: Answer = {
  status: 202,
  headers: { location: `https://management.azure.com${result}?api-version=2026-01-01` },
};

/** A rule as Azure lists it, for TCP 3389 from anywhere. */
function rule(more: object = {}) {
  return {
    name: "securityRules/allow-rdp",
    protocol: "Tcp",
    sourcePortRange: "0-65535",
    destinationPortRange: "3389-3389",
    sourceAddressPrefix: "0.0.0.0/0",
    destinationAddressPrefix: "0.0.0.0/0",
    access: "Allow",
    priority: 300,
    direction: "Inbound",
    ...more,
  };
}

function listed(rules: object[], association: object = { networkInterface: { id: nicId } }): Answer {
  const one = { networkSecurityGroup: { id: groupId }, association, effectiveSecurityRules: rules };
  return { status: 200, body: { value: [one] } };
}

async function read(routes: Record<string, Answer | Answer[]>) {
  const arm = fakeArm(routes);
  const effective = await readEffectiveRules(createClients({ credential, httpClient: arm }), NetworkId.parse(nicId));
  expect(arm.unused()).toEqual([]);
  return NetworkInterface.shape.effective.parse(effective);
}

async function readRule(more: object) {
  const effective = await read({ [asked]: listed([rule(more)]) });
  if (!Array.isArray(effective)) throw new Error("Nothing was read.");
  return effective[0]?.group.rules[0];
}

test("the list is fetched from where Azure says it will be", async () => {
  const effective = await read({ [asked]: accepted, [`GET ${result}`]: [{ ...accepted }, listed([rule()])] });
  expect(effective).toMatchObject([
    { subnetId: null, group: { id: groupId, name: "nsg-app", rules: [{ name: "allow-rdp", priority: 300 }] } },
  ]);
});

describe("every shape of a rule", () => {
  test.each<[string, object, object]>([
    ["an own rule", {}, { name: "allow-rdp", sources: ["0.0.0.0/0"], destinationPorts: ["3389-3389"] }],
    ["a default one", { name: "defaultSecurityRules/DenyAllInBound", access: "Deny" }, { name: "DenyAllInBound" }],
    ["all protocols", { protocol: "All" }, { protocol: "*" }],
    ["UDP", { protocol: "Udp" }, { protocol: "Udp" }],
    [
      "destinations in the plural",
      { destinationAddressPrefix: undefined, destinationAddressPrefixes: ["10.0.0.4/32", "10.0.0.5/32"] },
      { destinations: ["10.0.0.4/32", "10.0.0.5/32"] },
    ],
    [
      "a destination that is a group of the VM",
      { destinationAddressPrefix: undefined, expandedDestinationAddressPrefix: ["10.0.0.4/32"] },
      { destinations: ["10.0.0.4/32"], destinationGroups: [] },
    ],
    [
      "ports of the client in the plural",
      { sourcePortRange: undefined, sourcePortRanges: ["1024-65535", "443-443"] },
      { sourcePorts: ["1024-65535", "443-443"] },
    ],
    [
      "lists that are there and empty",
      { sourceAddressPrefixes: [], expandedSourceAddressPrefix: [] },
      { sources: ["0.0.0.0/0"] },
    ],
    ["words in another case", { access: "allow", direction: "inbound" }, { access: "Allow", direction: "Inbound" }],
    [
      "plural fields",
      {
        sourceAddressPrefix: undefined,
        sourceAddressPrefixes: ["203.0.113.0/24", "198.51.100.7/32"],
        destinationPortRange: undefined,
        destinationPortRanges: ["3389-3389", "5986-5990"],
      },
      { sources: ["203.0.113.0/24", "198.51.100.7/32"], destinationPorts: ["3389-3389", "5986-5990"] },
    ],
    [
      "singular beside plural",
      { sourceAddressPrefixes: ["0.0.0.0/0", "10.0.0.0/8"] },
      { sources: ["0.0.0.0/0", "10.0.0.0/8"] },
    ],
    [
      "a tag with its list",
      { sourceAddressPrefix: "VirtualNetwork", expandedSourceAddressPrefix: ["10.0.0.0/16", "168.63.129.16/32"] },
      { sources: ["10.0.0.0/16", "168.63.129.16/32"] },
    ],
    [
      "tags with a list that is about one of them",
      {
        sourceAddressPrefix: undefined,
        sourceAddressPrefixes: ["Internet", "VirtualNetwork", "192.0.2.0/24"],
        expandedSourceAddressPrefix: ["10.0.0.0/16"],
      },
      { sources: ["Internet", "192.0.2.0/24", "10.0.0.0/16"] },
    ],
    [
      "the Internet with its long list",
      { sourceAddressPrefix: "Internet", expandedSourceAddressPrefix: ["32.0.0.0/3", "64.0.0.0/3"] },
      { sources: ["Internet"] },
    ],
    ["a tag without a list", { sourceAddressPrefix: "AzureCloud.WestEurope" }, { sources: ["AzureCloud.WestEurope"] }],
    [
      "an application security group",
      { sourceAddressPrefix: undefined, expandedSourceAddressPrefix: ["10.0.0.9/32"] },
      { sources: ["10.0.0.9/32"], sourceGroups: [] },
    ],
    [
      "nothing at all, which may stand for anything",
      { sourceAddressPrefix: "", destinationPortRange: undefined },
      { sources: ["(not named)"], destinationPorts: ["(not named)"] },
    ],
    [
      "addresses of the sixth version",
      {
        sourceAddressPrefixes: ["2001:db8::/32"],
        sourceAddressPrefix: undefined,
        expandedSourceAddressPrefix: ["fd00::/8"],
      },
      { sources: ["2001:db8::/32", "fd00::/8"] },
    ],
  ])("%s", async (_, given, expected) => {
    expect(await readRule(given)).toMatchObject(expected);
  });

  test("outbound rules are left out", async () => {
    const effective = await read({ [asked]: listed([rule({ direction: "Outbound" }), rule()]) });
    expect(effective).toMatchObject([{ group: { rules: [{ direction: "Inbound" }] } }]);
  });
});

describe("where a group stands", () => {
  test.each<[string, object, unknown]>([
    ["before a subnet", { subnet: { id: subnetId } }, [{ subnetId }]],
    ["before the NIC", { networkInterface: { id: nicId } }, [{ subnetId: null }]],
    [
      "both in one entry",
      { subnet: { id: subnetId }, networkInterface: { id: nicId } },
      [{ subnetId }, { subnetId: null }],
    ],
    [
      "with a network manager, whose rules are asked for elsewhere",
      { networkManager: { id: `${networkPath}/networkManagers/m` } },
      null,
    ],
  ])("%s", async (_, association, expected) => {
    const effective = await read({ [asked]: listed([rule()], association) });
    if (expected === null) expect(effective).toBeNull();
    else expect(effective).toMatchObject(expected as object);
  });

  test("nowhere", async () => {
    expect(await read({ [asked]: { status: 200, body: { value: [] } } })).toBeNull();
  });
});

// azure-rest-api-specs, Microsoft.Network/stable/2025-01-01/examples/NetworkInterfaceEffectiveNSGList.json.
describe("Azure's own example: network manager, subnet and NIC in one association", () => {
  const association = {
    networkManager: { id: `${networkPath}/networkManagers/nm1` },
    subnet: { id: subnetId },
    networkInterface: { id: nicId },
  };
  const named = (name: string, more: object = {}) => rule({ name, ...more });

  test("has a group that stands at both", async () => {
    const rules = [
      named("securityRules/rule1"),
      named("defaultSecurityRules/AllowInternetOutBound", { direction: "Outbound" }),
    ];
    const effective = await read({ [asked]: listed(rules, association) });
    expect(effective).toMatchObject([
      { subnetId, group: { name: "nsg-app", rules: [{ name: "rule1", access: "Allow" }] } },
      { subnetId: null, group: { name: "nsg-app", rules: [{ name: "rule1", access: "Allow" }] } },
    ]);
  });

  test("rules of the network manager among them are dropped or unknown, and cost the others nothing", async () => {
    const rules = [
      named("always", { access: "AlwaysAllow" }),
      named("admin", { access: "Allow" }),
      named("securityRules/own"),
    ];
    const effective = await read({ [asked]: listed(rules, association) });
    expect(effective).toMatchObject([
      {
        group: {
          rules: [
            { name: "admin", access: "Unknown" },
            { name: "own", access: "Allow" },
          ],
        },
      },
      { subnetId: null },
    ]);
  });
});

test("an entry of a network manager alone is dropped, whatever its rules are", async () => {
  const manager = {
    networkSecurityGroup: { id: groupId },
    association: { networkManager: { id: `${networkPath}/networkManagers/m` } },
    effectiveSecurityRules: [{ direction: "Inbound", protocol: 7, access: "AlwaysAllow" }],
  };
  const own = {
    networkSecurityGroup: { id: groupId },
    association: { networkInterface: { id: nicId } },
    effectiveSecurityRules: [rule()],
  };
  const effective = await read({ [asked]: { status: 200, body: { value: [manager, own] } } });
  expect(effective).toMatchObject([{ subnetId: null, group: { rules: [{ name: "allow-rdp" }] } }]);
});

test.each([
  ["an access that is not known", rule({ access: "Perhaps" }), { access: "Unknown" }],
  ["a protocol that is not known", rule({ protocol: "Sctp" }), { protocol: "Sctp" }],
])("%s costs its own rule only", async (_, odd, expected) => {
  const effective = await read({ [asked]: listed([odd, rule({ priority: 400 })]) });
  expect(effective).toMatchObject([{ group: { rules: [expected, { access: "Allow", priority: 400 }] } }]);
});

test("an outbound rule in a shape that is not known costs nothing", async () => {
  const odd = { name: "x", direction: "Outbound", access: "Perhaps" };
  expect(await read({ [asked]: listed([odd, rule()]) })).toMatchObject([{ group: { rules: [{ name: "allow-rdp" }] } }]);
});

describe("what cannot be had says why", () => {
  test.each<[string, Record<string, Answer | Answer[]>, string]>([
    [
      "a VM that does not run",
      {
        [asked]: refusal(
          400,
          "NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups",
          "A network interface must be attached to a running virtual machine.",
        ),
      },
      "attached to a running virtual machine",
    ],
    [
      "a right that is missing",
      {
        [asked]: refusal(
          403,
          "AuthorizationFailed",
          `The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action' over scope '${nicId}' or the scope is invalid.`,
        ),
      },
      "lacks the right Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
    ],
    [
      "an operation that fails",
      { [asked]: accepted, [`GET ${result}`]: refusal(500, "InternalServerError", "An error occurred.") },
      "HTTP 500",
    ],
    ["a list in a shape that is not known", { [asked]: listed([{ name: "x" }]) }, "unexpected form"],
  ])("%s", async (_, routes, reason) => {
    expect(await read(routes)).toEqual({ unreadable: expect.stringContaining(reason) });
  });

  test("an operation that hangs is given up after seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const giveUp = new AbortController();
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) =>
      ms === crossCheckMs ? giveUp.signal : new AbortController().signal,
    );
    onTestFinished(() => void vi.restoreAllMocks());
    const arm = fakeArm({ [asked]: accepted, [`GET ${result}`]: Array(50).fill(accepted) });
    const reading = readEffectiveRules(createClients({ credential, httpClient: arm }), NetworkId.parse(nicId));
    await vi.advanceTimersByTimeAsync(5000);
    const before = arm.calls.length;
    expect(before).toBeGreaterThan(3);
    giveUp.abort();
    expect(await reading).toEqual({ unreadable: expect.stringContaining(`within ${crossCheckMs} ms`) });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(arm.calls.length).toBe(before);
  });
});
