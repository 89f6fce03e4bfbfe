import { describe, expect, test } from "vitest";
import type { Route } from "../../lib/core/network-evidence.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { group, networkWith, rule, standardAddress } from "./network-with.ts";

const open = group("nsg-app", rule({ name: "allow-rdp", priority: 300 }));
const client = "203.0.113.7";

function route(prefix: string, nextHop: string, edit: Partial<Route> = {}): Route {
  return { name: `to-${prefix}`, prefixes: [prefix], nextHop, nextHopAddress: null, source: "User", ...edit };
}

function verdictOf(source: string, network: Parameters<typeof networkWith>[0]) {
  const azure = networkWith({ nic: open, configuration: { publicAddress: standardAddress }, ...network });
  const [verdict] = evaluateNetwork(azure, [source], 3389);
  if (!verdict) throw new Error("There is a verdict.");
  return verdict;
}

const table = (...routes: Route[]) => ({ routeTable: { name: "rt", routes } });

describe("a client of the Internet", () => {
  test.each([
    ["Internet", "allowed"],
    ["VirtualAppliance", "denied"],
    ["VirtualNetworkGateway", "denied"],
    ["VnetLocal", "denied"],
    ["None", "denied"],
    ["HyperNetGateway", "denied"],
  ])("answers by %s: %s", (nextHop, verdict) => {
    expect(verdictOf(client, table(route("0.0.0.0/0", nextHop)))).toMatchObject({ verdict });
  });

  test("the route, its table and the next hop are named", () => {
    const found = verdictOf(client, table(route("0.0.0.0/0", "VirtualAppliance", { nextHopAddress: "10.0.3.4" })));
    expect(found.decidedBy).toMatchObject({ layer: "return-route", rule: "to-0.0.0.0/0", nsg: null });
    expect(found.because).toContain("route to-0.0.0.0/0 (0.0.0.0/0 to VirtualAppliance 10.0.3.4) of route table rt");
    expect(found.trace.at(-1)).toMatchObject({ layer: "return-route", verdict: "denied" });
  });

  test("the longest prefix decides, and the route table before the gateway before Azure", () => {
    const toAppliance = route("0.0.0.0/0", "VirtualAppliance");
    expect(verdictOf(client, table(toAppliance, route("203.0.113.0/24", "Internet"))).verdict).toBe("allowed");
    const learned = route("0.0.0.0/0", "VirtualNetworkGateway", { source: "VirtualNetworkGateway", name: null });
    const own = route("0.0.0.0/0", "Internet", { source: "Default", name: null });
    expect(verdictOf(client, { routes: [own, learned] }).verdict).toBe("denied");
    expect(verdictOf(client, { routes: [own, learned, route("0.0.0.0/0", "Internet")] }).verdict).toBe("allowed");
  });

  test("effective routes beat the route table", () => {
    const effective = { routes: [route("0.0.0.0/0", "Internet", { source: "Default" })] };
    expect(verdictOf(client, { ...table(route("0.0.0.0/0", "None")), ...effective }).verdict).toBe("allowed");
  });

  test("a route table that could not be read leaves it unknown", () => {
    const found = verdictOf(client, { routeTable: { unreadable: "The right is missing." } });
    expect(found).toMatchObject({ verdict: "unknown", decidedBy: { layer: "return-route" } });
    expect(verdictOf("10.0.0.9", { routeTable: { unreadable: "The right is missing." } }).verdict).toBe("allowed");
  });

  test("a denial by a rule stays the reason", () => {
    const shut = group("nsg-app", rule({ name: "deny", priority: 200, access: "Deny" }));
    const found = verdictOf(client, { nic: shut, ...table(route("0.0.0.0/0", "None")) });
    expect(found.decidedBy).toMatchObject({ layer: "nic-nsg", rule: "deny" });
  });

  test("part of the Internet comes back: the verdict counts addresses", () => {
    const half = verdictOf("Internet", table(route("0.0.0.0/1", "VirtualAppliance")));
    expect(half.verdict).toBe("allowed");
    expect(half.share).toBeLessThan(0.8);
  });
});

describe("a client inside the network", () => {
  test("an appliance is usual, and told", () => {
    const found = verdictOf(
      "10.0.0.9",
      table(route("10.0.0.0/16", "VirtualAppliance", { nextHopAddress: "10.0.3.4" })),
    );
    expect(found.verdict).toBe("allowed");
    expect(found.trace.at(-1)).toMatchObject({ layer: "return-route", verdict: "passed" });
  });

  test("None drops the answers", () => {
    expect(verdictOf("10.0.0.9", table(route("10.0.0.0/24", "None"))).verdict).toBe("denied");
  });

  test("Azure's own route beats a shorter one of the table", () => {
    expect(verdictOf("10.0.0.9", table(route("0.0.0.0/0", "None"))).verdict).toBe("allowed");
  });
});

describe("a secondary NIC, to which Azure gives no default gateway", () => {
  function withTwoNics(configuration: Parameters<typeof networkWith>[0]["configuration"]) {
    const azure = networkWith({ nic: open, configuration });
    if (!("interfaces" in azure.network)) throw new Error("The fixture has a network.");
    const [own] = azure.network.interfaces;
    const [first] = own?.ipConfigurations ?? [];
    if (!own || !first) throw new Error("The fixture has a NIC.");
    const plain = { ...first, privateAddress: "10.0.0.5", publicAddress: null, forwardings: [] };
    azure.network.interfaces = [
      { ...own, id: `${own.id}-1`, name: "nic-1", primary: true, ipConfigurations: [plain] },
      { ...own, name: "nic-2", primary: false },
    ];
    return azure;
  }
  const told = (azure: ReturnType<typeof networkWith>, source: string) =>
    evaluateNetwork(azure, [source], 3389).find(({ destination }) => destination.startsWith("10.0.0.4"));

  test("a client that comes by its public address may get no answer, with both cures", () => {
    const verdict = told(withTwoNics({ publicAddress: standardAddress }), client);
    expect(verdict).toMatchObject({ verdict: "unknown", decidedBy: { layer: "return-route" } });
    expect(verdict?.because).toContain("nic-2, a secondary NIC without a default gateway");
    expect(verdict?.because).toContain("move the public IP to the primary NIC, or add a route in Windows");
  });

  test("so may one that comes by a load balancer", () => {
    const forwarding = {
      loadBalancer: "lb",
      rule: "rdp",
      frontAddress: "20.50.1.2",
      frontPorts: "3389",
      backendPort: 3389,
      sku: "Standard",
    } as const;
    const verdict = told(withTwoNics({ forwardings: [forwarding] }), client);
    expect(verdict).toMatchObject({ verdict: "unknown", decidedBy: { layer: "return-route" } });
    expect(verdict?.because).toContain("the load balancer forwards to nic-2");
  });

  test("one inside the network, and one that comes by the primary NIC, do", () => {
    expect(told(withTwoNics({ publicAddress: standardAddress }), "10.0.0.9")).toMatchObject({ verdict: "allowed" });
    expect(verdictOf(client, {})).toMatchObject({ verdict: "allowed" });
  });

  test("a denial before it stays a denial", () => {
    const azure = withTwoNics({ publicAddress: standardAddress });
    expect(told(azure, "198.18.0.1")?.verdict).toBe("unknown");
    const shut = networkWith({ nic: group("nsg-app"), configuration: { publicAddress: standardAddress } });
    if (!("interfaces" in shut.network)) throw new Error("The fixture has a network.");
    for (const one of shut.network.interfaces) one.primary = false;
    expect(evaluateNetwork(shut, [client], 3389)[0]?.verdict).toBe("denied");
  });
});
