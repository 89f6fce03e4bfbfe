import fc from "fast-check";
import type { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import type { AdminRule, Forwarding, Route, SecurityRule } from "../../lib/core/network-evidence.ts";
import type { NetworkVerdict } from "../../lib/core/network-verdict.ts";
import {
  addressFits,
  decideByLines,
  decideRoute,
  type OracleRoute,
  type OracleRule,
} from "../../sandbox/azure/network/network-oracle.ts";
import { defaultRules, networkWith, rule } from "./network-with.ts";

/*
 * Random networks, and what the sandbox's oracle makes of them. A word whose meaning is not known stands in one rule
 * alone: the oracle tries what becomes of the packet if the word has the source and if it has not, in every combination.
 */

export interface Scenario {
  readonly azure: AzureEvidence;
  readonly source: string;
  readonly port: number;
  readonly groups: readonly (readonly SecurityRule[])[];
  readonly admin: readonly AdminRule[];
  readonly inside: readonly string[];
  /** Words that are not known: of each, whether it may have the source. */
  readonly doubtful: readonly string[];
  /** The routes in effect; `null`: Azure's own. */
  readonly routes: readonly OracleRoute[] | null;
  readonly front: "standard" | "basic" | "none" | "forwarding" | "other-forwarding";
}

const families = {
  4: {
    vm: "10.0.0.4",
    sources: ["10.0.0.9", "10.0.9.9", "172.20.1.1", "192.168.7.7", "203.0.113.7", "198.51.100.200", "168.63.129.16"],
    lengths: [0, 1, 7, 8, 15, 16, 17, 23, 24, 25, 31, 32],
    near: ["10.0.0.0/16", "172.20.0.0/16", "192.168.0.0/17"],
  },
  6: {
    vm: "fd00:1::4",
    sources: ["fd00:1::9", "fd00:2::1", "2001:db8::7", "2001:db8:0:1::8", "fe80::1"],
    lengths: [0, 1, 16, 32, 33, 47, 48, 63, 64, 65, 127, 128],
    near: ["fd00:1::/64", "fd00:2::/48", "fd00:3::/48"],
  },
} as const;

const portLists = [["3389"], ["*"], ["3000-4000"], ["443", "3389-3390"], ["3390"], ["0-65535"], ["22", "443"]];

/** A rule without the part that only groups, or only administrators, have. */
function someRule(family: 4 | 6, source: string) {
  const { sources, lengths, vm } = families[family];
  const prefix = fc
    .tuple(fc.constantFrom(source, source, ...sources), fc.constantFrom(...lengths))
    .map(([address, length]) => `${address}/${length}`);
  const word = fc.constantFrom("*", "VirtualNetwork", "Internet", "AzureLoadBalancer", "(doubt)", source);
  return fc.record({
    sources: fc.array(fc.oneof({ weight: 3, arbitrary: prefix }, word), { minLength: 1, maxLength: 4 }),
    destinations: fc.constantFrom<string[]>(
      ["*"],
      ["*"],
      [vm],
      ["VirtualNetwork"],
      [`${vm}/25`],
      [sources[1]],
      ["Internet"],
    ),
    destinationPorts: fc.constantFrom(...portLists),
    sourcePorts: fc.constantFrom<string[]>(["*"], ["*"], ["0-65535"], ["443"]),
    protocol: fc.constantFrom("Tcp", "Tcp", "*", "Udp", "Icmp"),
    direction: fc.constantFrom("Inbound" as const, "Inbound" as const, "Inbound" as const, "Outbound" as const),
  });
}

/** Routes around the source, of which no two have the same prefix. */
function someRoute(family: 4 | 6, source: string): fc.Arbitrary<OracleRoute> {
  const { sources, lengths } = families[family];
  return fc
    .record({
      address: fc.constantFrom(source, source, ...sources),
      length: fc.constantFrom(0, 0, ...lengths),
      nextHopType: fc.constantFrom("Internet", "VirtualAppliance", "None", "VnetLocal", "VirtualNetworkGateway"),
    })
    .map(({ address, length, nextHopType }) => ({
      name: `to-${address}/${length}`,
      source: "User" as const,
      addressPrefix: `${address}/${length}`,
      nextHopType,
      nextHopIpAddress: null,
    }));
}

/** What Azure adds to a route table. */
function systemRoutes(near: readonly string[]): OracleRoute[] {
  const system = (nextHopType: string) => (addressPrefix: string) => ({
    name: "",
    source: "Default" as const,
    addressPrefix,
    nextHopType,
    nextHopIpAddress: null,
  });
  return [...near.map(system("VnetLocal")), ...["0.0.0.0/0", "::/0"].map(system("Internet"))];
}

function evidenceRoute({ name, source, addressPrefix, nextHopType }: OracleRoute): Route {
  return { name: name || null, source, prefixes: [addressPrefix], nextHop: nextHopType, nextHopAddress: null };
}

function uniquePriorities<T extends { priority: number }>(arbitrary: fc.Arbitrary<T>, maxLength: number) {
  return fc.uniqueArray(arbitrary, { maxLength, selector: ({ priority }) => priority });
}

function scenarioFor(family: 4 | 6, source: string): fc.Arbitrary<Scenario> {
  const { near, vm } = families[family];
  const groupRule = fc
    .tuple(
      someRule(family, source),
      fc.integer({ min: 100, max: 4096 }),
      fc.constantFrom("Allow" as const, "Deny" as const),
    )
    .map(([part, priority, access]): SecurityRule => rule({ ...part, priority, access, name: `p${priority}` }));
  const adminRule = fc
    .tuple(
      someRule(family, source),
      fc.integer({ min: 1, max: 4096 }),
      fc.constantFrom("Allow" as const, "AlwaysAllow" as const, "Deny" as const),
    )
    .map(([part, priority, access]): AdminRule => ({ ...rule({ ...part, priority, name: `a${priority}` }), access }));
  const group = fc.option(uniquePriorities(groupRule, 8), { nil: null, freq: 4 });
  return fc
    .record({
      subnet: group,
      nic: group,
      admin: fc.oneof(fc.constant<AdminRule[]>([]), uniquePriorities(adminRule, 3)),
      peered: fc.boolean(),
      behind: fc.boolean(),
      routes: fc.option(fc.tuple(fc.array(someRoute(family, source), { minLength: 1, maxLength: 4 }), fc.boolean()), {
        nil: null,
        freq: 1,
      }),
      front: fc.constantFrom(
        "standard" as const,
        "standard" as const,
        "basic" as const,
        "none" as const,
        "forwarding" as const,
        "other-forwarding" as const,
      ),
    })
    .map(({ subnet, nic, admin, peered, behind, routes, front }) => {
      const [own, peer, onPremises] = near;
      const doubts = nameDoubts();
      const withDefaults = (rules: SecurityRule[]) => [...rules.map((one) => doubts.rename(one)), ...defaultRules];
      const subnetRules = subnet && withDefaults(subnet);
      const nicRules = nic && withDefaults(nic);
      const adminRules = admin.map((one) => doubts.rename(one));
      const nearby = [own, ...(peered ? [peer] : [])];
      const [made, listed] = routes ?? [null, false];
      const distinct = made && [...new Map(made.map((one) => [one.addressPrefix, one])).values()];
      const written = distinct && [...distinct, ...systemRoutes(nearby)];
      const table = distinct && { name: "rt", routes: distinct.map(evidenceRoute) };
      const azure = networkWith({
        ...(subnetRules ? { subnet: { id: "/subnet", name: "subnet", rules: subnetRules.toReversed() } } : {}),
        ...(nicRules ? { nic: { id: "/nic", name: "nic", rules: nicRules } } : {}),
        configuration: { privateAddress: vm, ...frontOf(front) },
        routeTable: table,
        routes: written && listed ? written.map(evidenceRoute) : null,
        virtualNetwork: {
          prefixes: [own],
          peerings: peered ? [{ name: "peer", prefixes: [peer] }] : [],
          adminRules: adminRules,
        },
        more: { onPremises: behind ? [onPremises] : [] },
      });
      return {
        azure,
        source,
        port: 3389,
        groups: [subnetRules, nicRules].filter((rules) => rules !== null),
        admin: adminRules,
        inside: [own, ...(peered ? [peer] : []), ...(behind ? [onPremises] : [])],
        doubtful: doubts.names,
        routes: written,
        front,
      };
    });
}

/** Gives each doubtful word a name of its own. */
function nameDoubts() {
  const names: string[] = [];
  return {
    names,
    rename<R extends SecurityRule | AdminRule>(one: R): R {
      const sources = one.sources.map((text) => {
        if (text !== "(doubt)") return text;
        names.push(`Doubt${names.length}`);
        return names.at(-1) ?? "";
      });
      return { ...one, sources };
    },
  };
}

function frontOf(front: Scenario["front"]) {
  const address = { address: "20.50.1.1", sku: front === "basic" ? ("Basic" as const) : ("Standard" as const) };
  const forwarding = (backendPort: number): Forwarding => ({
    loadBalancer: "lb",
    rule: "nat",
    frontAddress: "20.50.1.2",
    frontPorts: "50001",
    backendPort,
    sku: "Standard",
  });
  switch (front) {
    case "standard":
    case "basic":
      return { publicAddress: address };
    case "forwarding":
      return { forwardings: [forwarding(3389)] };
    case "other-forwarding":
      return { forwardings: [forwarding(3390)] };
    case "none":
      return {};
  }
}

export const scenarios: fc.Arbitrary<Scenario> = fc
  .constantFrom<(4 | 6)[]>(4, 4, 4, 6)
  .chain((family) => fc.constantFrom(...families[family].sources).chain((source) => scenarioFor(family, source)))
  // Every doubt doubles the oracle's work.
  .filter(({ doubtful }) => doubtful.length <= 5);

export interface Expected {
  readonly verdict: NetworkVerdict["verdict"];
  /** Of what decides, where nothing is in doubt; `undefined` where it is. */
  readonly rule: string | null | undefined;
}

/** What the oracle says. */
export function expectedOf(scenario: Scenario): Expected {
  const arrival = arrivalOf(scenario);
  const { source, inside, routes, front } = scenario;
  const words = { inside, words: {} };
  if (!routes || arrival.verdict === "denied" || addressFits("AzureLoadBalancer", source, words)) return arrival;
  const near = addressFits("VirtualNetwork", source, words);
  const fromInternet = addressFits("Internet", source, words) && front !== "none";
  if (!near && !fromInternet) return arrival;
  const back = decideRoute(routes, source);
  const lost = back && (back.nextHopType === "None" || (fromInternet && back.nextHopType !== "Internet"));
  return lost ? { verdict: "denied", rule: back.name || null } : arrival;
}

function arrivalOf(scenario: Scenario): Expected {
  const { source, inside, front, groups, doubtful } = scenario;
  const worlds = possibleWorlds(doubtful, source).map((words) => fateIn(scenario, { inside, words }));
  const behind = oneOf(worlds.map(({ verdict }) => verdict));
  const rule = doubtful.length === 0 ? worlds[0]?.rule : undefined;
  const words = { inside, words: {} };
  if (addressFits("VirtualNetwork", source, words)) return { verdict: behind, rule };
  const entersFromOutside = addressFits("Internet", source, words);
  if (!entersFromOutside || front === "none") {
    return behind === "denied" ? { verdict: "denied", rule } : { verdict: "unknown", rule: undefined };
  }
  if (front === "other-forwarding") return { verdict: "denied", rule: null };
  if (groups.length > 0 || front === "basic") return { verdict: behind, rule };
  // What a rule that always allows does to a door that is closed by itself is not documented.
  const opens = worlds.some(({ delivered }) => delivered);
  return opens ? { verdict: "unknown", rule: undefined } : { verdict: "denied", rule: undefined };
}

function possibleWorlds(doubtful: readonly string[], source: string): Record<string, string[]>[] {
  return doubtful.reduce<Record<string, string[]>[]>(
    (worlds, name) =>
      worlds.flatMap((words) => [
        { ...words, [name.toLowerCase()]: [source] },
        { ...words, [name.toLowerCase()]: [] },
      ]),
    [{}],
  );
}

type Words = Parameters<typeof decideByLines>[2];

function fateIn({ azure, source, port, groups, admin }: Scenario, words: Words) {
  const network = "interfaces" in azure.network ? azure.network : null;
  const destination = network?.interfaces[0]?.ipConfigurations[0]?.privateAddress ?? "";
  const flow = { source, destination, port, sourcePort: 50_000 };
  const first = decideByLines(admin.map(oracleRule), flow, words);
  if (first && first.access !== "Allow") {
    const delivered = first.access === "AlwaysAllow";
    return { verdict: delivered ? ("allowed" as const) : ("denied" as const), rule: first.name, delivered };
  }
  const said = groups.map((rules) => decideByLines(rules.map(oracleRule), flow, words));
  const denied = said.find((one) => one?.access === "Deny");
  const verdict = denied ? ("denied" as const) : ("allowed" as const);
  return { verdict, rule: (denied ?? said.at(-1))?.name ?? null, delivered: false };
}

function oracleRule({ destinationPorts, ...one }: SecurityRule | AdminRule): OracleRule {
  return { ...one, ports: destinationPorts };
}

function oneOf(verdicts: readonly ("allowed" | "denied")[]): NetworkVerdict["verdict"] {
  const [first = "unknown"] = verdicts;
  return verdicts.every((verdict) => verdict === first) ? first : "unknown";
}
