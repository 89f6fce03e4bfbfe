import type { AdminRule, SecurityRule } from "../core/network-evidence.ts";
import { allMatch, anyMatch, type RuleMatch } from "./match.ts";
import { type Prefixes, prefixMatch, readPrefixes, tagsMatch } from "./prefix.ts";
import { indexPrefixes, type PrefixIndex } from "./prefix-index.ts";
import type { Origin } from "./topology.ts";

/** The destination of TCP connections as rules see it: after address translation, at the private address. */
export interface RuleTarget {
  /** The VM's private address. */
  readonly destination: Origin;
  readonly port: number;
  /** Ids of the application security groups of the destination. */
  readonly destinationGroups: readonly string[];
  /** Ports that are taken for this one by mistake: the default port, and the front ports of load balancers. */
  readonly mistakenPorts?: readonly number[];
}

/** The inbound rules of a security group or a network manager that may match one target, indexed by source. */
export interface RuleTable<R extends AnyRule> {
  /** By priority. */
  readonly rules: readonly RelevantRule<R>[];
  /** Indexes of the rules, by the source addresses and ranges that they name. */
  readonly byAddress: PrefixIndex<number>;
  /** Indexes of the rules that name sources by tags or unknown words. */
  readonly byWord: readonly number[];
  /** Rules that would match but for one field; by priority. */
  readonly nearMisses: readonly NearMiss<R>[];
}

/** The one field by which a rule does not match, and why somebody may have expected it to match. */
export interface NearMiss<R extends AnyRule> {
  readonly rule: R;
  readonly field: "source-ports" | "protocol" | "destination" | "destination-ports";
}

type AnyRule = SecurityRule | AdminRule;

/** A rule whose match is known but for the source. */
export interface RelevantRule<R extends AnyRule> {
  readonly rule: R;
  /** `unknown` when it may apply to another target only. */
  readonly aboutTarget: Exclude<RuleMatch, "no">;
  readonly sources: Prefixes;
}

/** Parses the rules for one target. Most rules of a large group are for other ports and are dropped here. */
export function readRules<R extends AnyRule>(rules: readonly R[], target: RuleTarget): RuleTable<R> {
  const relevant = rules
    .flatMap((rule): RelevantRule<R>[] => {
      const aboutTarget = targetMatch(rule, target);
      return aboutTarget === "no" ? [] : [{ rule, aboutTarget, sources: readPrefixes(rule.sources) }];
    })
    .toSorted((one, other) => one.rule.priority - other.rule.priority);
  return {
    nearMisses: rules
      .flatMap((rule) => nearMissOf(rule, target) ?? [])
      .toSorted((one, other) => one.rule.priority - other.rule.priority),
    rules: relevant,
    byAddress: indexPrefixes(
      relevant.flatMap(({ sources }, number) => sources.ranges.map((range) => [range, number] as const)),
    ),
    byWord: relevant.flatMap(({ rule, sources }, number) =>
      sources.tags.length > 0 || sources.unknownWord || rule.sourceGroups.length > 0 ? number : [],
    ),
  };
}

/** `null` when the rule matches, or misses by more than one field. The source is compared later, with each client. */
function nearMissOf<R extends AnyRule>(rule: R, target: RuleTarget): NearMiss<R> | null {
  if (rule.access === "Deny" || targetMatch(rule, target) !== "no") return null;
  const widened: [NearMiss<R>["field"], Partial<AnyRule>][] = [
    ["source-ports", { sourcePorts: ["*"] }],
    ["protocol", { protocol: "*" }],
    ["destination", { destinations: ["*"], destinationGroups: [] }],
  ];
  const isMistaken = target.mistakenPorts?.some(
    (port) => anyMatch(rule.destinationPorts.map((ports) => portMatch(ports, port, port))) === "yes",
  );
  if (isMistaken) widened.push(["destination-ports", { destinationPorts: ["*"] }]);
  const by = widened.find(([, fields]) => targetMatch({ ...rule, ...fields }, target) !== "no");
  return by ? { rule, field: by[0] } : null;
}

/** The rules that match, or may match, a connection from this origin, by priority. */
export function matchesIn<R extends AnyRule>(
  { rules, byAddress, byWord }: RuleTable<R>,
  origin: Origin,
): { rule: R; match: Exclude<RuleMatch, "no"> }[] {
  const found = new Set(byAddress.find(origin.address));
  const numbers = [...new Set([...found, ...byWord])].sort((one, other) => one - other);
  return numbers.flatMap((number) => {
    const relevant = rules[number];
    if (!relevant) return [];
    const bySource = found.has(number) ? "yes" : bySourceWords(relevant, origin);
    const match = allMatch([relevant.aboutTarget, bySource]);
    return match === "no" ? [] : { rule: relevant.rule, match };
  });
}

function bySourceWords({ rule, sources }: RelevantRule<AnyRule>, origin: Origin): RuleMatch {
  // Members of application security groups are NICs of the virtual network. Their list is not read.
  const maybeMember = rule.sourceGroups.length > 0 && origin.virtualNetwork !== "no";
  return anyMatch([tagsMatch(sources, origin), maybeMember ? "unknown" : "no"]);
}

function targetMatch(rule: AnyRule, { destination, port, destinationGroups }: RuleTarget): RuleMatch {
  if (rule.direction !== "Inbound") return "no";
  const connection = allMatch([
    protocolMatch(rule.protocol),
    anyMatch(rule.destinationPorts.map((range) => portMatch(range, port, port))),
    sourcePortMatch(rule),
  ]);
  if (connection === "no") return "no";
  const isMember = rule.destinationGroups.some((group) => isAmong(group, destinationGroups));
  return allMatch([connection, isMember ? "yes" : prefixMatch(readPrefixes(rule.destinations), destination)]);
}

/**
 * Whether a protocol includes TCP. ARM writes `*` for all protocols, effective rules `All`, security admin rules `Any`.
 */
export function protocolMatch(protocol: string): RuleMatch {
  switch (protocol.toLowerCase()) {
    case "tcp":
    case "*":
    case "all":
    case "any":
      return "yes";
    case "udp":
    case "icmp":
    case "esp":
    case "ah":
      return "no";
    default:
      return "unknown";
  }
}

/**
 * The source ports that a client may use: its system, or a router that translates addresses, chooses one at random.
 */
const clientPorts = [1024, 65535] as const;
/** A rule for fewer of them practically never matches. The usual mistake is 3389, the port of the server. */
const fewPorts = 1000;

function sourcePortMatch({ sourcePorts }: Pick<AnyRule, "sourcePorts">): RuleMatch {
  const match = anyMatch(sourcePorts.map((range) => portMatch(range, ...clientPorts)));
  if (match !== "unknown") return match;
  const sizes = sourcePorts.map((range) => {
    const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(range.trim()) ?? [];
    return low === undefined ? Number.NaN : Number(high) - Number(low) + 1;
  });
  return sizes.reduce((sum, size) => sum + size, 0) < fewPorts ? "no" : "unknown";
}

/**
 * Whether ports in ARM's spelling (`*`, `3389`, `3000-4000`) include all, none or some (`unknown`) from `first` to
 * `last`.
 */
export function portMatch(ports: string, first: number, last: number): RuleMatch {
  if (/^(\*|any)$/i.test(ports)) return "yes";
  const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(ports.trim()) ?? [];
  if (low === undefined || Number(low) > Number(high)) return "unknown";
  if (Number(low) <= first && last <= Number(high)) return "yes";
  return Number(high) < first || last < Number(low) ? "no" : "unknown";
}

function isAmong(id: string, ids: readonly string[]): boolean {
  return ids.some((other) => other.toLowerCase() === id.toLowerCase());
}
