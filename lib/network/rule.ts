import type { AdminRule, SecurityRule } from "../core/network-evidence.ts";
import { allMatch, anyMatch, type Match } from "./match.ts";
import { type Prefixes, prefixMatch, readPrefixes, wordMatch } from "./prefix.ts";
import { indexPrefixes, type PrefixIndex } from "./prefix-index.ts";
import type { Origin } from "./surroundings.ts";

/** Where TCP connections go, as rules see it: after address translation, so at the private address. */
export interface Target {
  /** The VM's own address, which is in its virtual network. */
  readonly destination: Origin;
  readonly port: number;
  /** Ids of the application security groups of the destination. */
  readonly destinationGroups: readonly string[];
}

/** The inbound rules of one group or administrator that may speak about one target, made ready for any number of sources. */
export interface RuleTable<R extends AnyRule> {
  /** By priority. */
  readonly rules: readonly RelevantRule<R>[];
  /** Numbers of the rules whose sources have an address, as far as they are written as addresses. */
  readonly byAddress: PrefixIndex<number>;
  /** Numbers of the rules that name their sources by words too. */
  readonly byWord: readonly number[];
}

type AnyRule = SecurityRule | AdminRule;

/** A rule of which all but the source has been looked at. */
export interface RelevantRule<R extends AnyRule> {
  readonly rule: R;
  /** `unsure` when it may be about another target. */
  readonly aboutTarget: Exclude<Match, "no">;
  readonly sources: Prefixes;
}

/** Most rules of a large group are about other ports, and are not looked at again. */
export function readRules<R extends AnyRule>(rules: readonly R[], target: Target): RuleTable<R> {
  const relevant = rules
    .flatMap((rule): RelevantRule<R>[] => {
      const aboutTarget = targetMatch(rule, target);
      return aboutTarget === "no" ? [] : [{ rule, aboutTarget, sources: readPrefixes(rule.sources) }];
    })
    .toSorted((one, other) => one.rule.priority - other.rule.priority);
  return {
    rules: relevant,
    byAddress: indexPrefixes(
      relevant.flatMap(({ sources }, number) => sources.ranges.map((range) => [range, number] as const)),
    ),
    byWord: relevant.flatMap(({ rule, sources }, number) =>
      sources.tags.length > 0 || sources.unknownWord || rule.sourceGroups.length > 0 ? number : [],
    ),
  };
}

/** The rules that speak, or may speak, about a connection from this origin, by priority. */
export function matchesIn<R extends AnyRule>(
  { rules, byAddress, byWord }: RuleTable<R>,
  origin: Origin,
): { rule: R; match: Exclude<Match, "no"> }[] {
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

function bySourceWords({ rule, sources }: RelevantRule<AnyRule>, origin: Origin): Match {
  // Members of application security groups are NICs of the virtual network; which ones was not read.
  const maybeMember = rule.sourceGroups.length > 0 && origin.virtualNetwork !== "no";
  return anyMatch([wordMatch(sources, origin), maybeMember ? "unsure" : "no"]);
}

function targetMatch(rule: AnyRule, { destination, port, destinationGroups }: Target): Match {
  if (rule.direction !== "Inbound") return "no";
  const connection = allMatch([
    protocolMatch(rule.protocol),
    anyMatch(rule.destinationPorts.map((range) => portMatch(range, port, port))),
    anyMatch(rule.sourcePorts.map((range) => portMatch(range, ...clientPorts))),
  ]);
  if (connection === "no") return "no";
  const isMember = rule.destinationGroups.some((group) => isAmong(group, destinationGroups));
  return allMatch([connection, isMember ? "yes" : prefixMatch(readPrefixes(rule.destinations), destination)]);
}

/** Whether it is about TCP. ARM writes `*` for all; effective rules write `All`, rules of administrators `Any`. */
function protocolMatch(protocol: string): Match {
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
      return "unsure";
  }
}

/** The ports that a client may call from. Which one it takes cannot be told. */
const clientPorts = [1024, 65535] as const;

/** Whether ports in ARM's spelling (`*`, `3389`, `3000-4000`) hold all from `first` to `last`, none, or some. */
function portMatch(ports: string, first: number, last: number): Match {
  if (/^(\*|any)$/i.test(ports)) return "yes";
  const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(ports.trim()) ?? [];
  if (low === undefined || Number(low) > Number(high)) return "unsure";
  if (Number(low) <= first && last <= Number(high)) return "yes";
  return Number(high) < first || last < Number(low) ? "no" : "unsure";
}

function isAmong(id: string, ids: readonly string[]): boolean {
  return ids.some((other) => other.toLowerCase() === id.toLowerCase());
}
