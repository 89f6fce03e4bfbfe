import type { AdminRule, SecurityRule } from "../core/network-evidence.ts";
import { allMatch, anyMatch, type Match } from "./match.ts";
import { type Prefixes, prefixMatch, readPrefixes } from "./prefix.ts";
import type { Origin } from "./surroundings.ts";

/** Where TCP connections go, as rules see it: after address translation, so at the private address. */
export interface Target {
  /** The VM's own address, which is in its virtual network. */
  readonly destination: Origin;
  readonly port: number;
  /** Ids of the application security groups of the destination. */
  readonly destinationGroups: readonly string[];
}

/** A rule that speaks, or may speak, about connections to one target: all but the source has been looked at. */
export interface RelevantRule<R extends SecurityRule | AdminRule> {
  readonly rule: R;
  /** `unsure` when it may be about another target. */
  readonly aboutTarget: Exclude<Match, "no">;
  readonly sources: Prefixes;
}

/** The inbound rules that may speak about a target, by priority: most rules of a large group are about other ports. */
export function relevantRules<R extends SecurityRule | AdminRule>(
  rules: readonly R[],
  target: Target,
): RelevantRule<R>[] {
  return rules
    .flatMap((rule) => {
      const aboutTarget = targetMatch(rule, target);
      return aboutTarget === "no" ? [] : { rule, aboutTarget, sources: readPrefixes(rule.sources) };
    })
    .toSorted((one, other) => one.rule.priority - other.rule.priority);
}

/** Whether a rule speaks about a connection from this origin. */
export function ruleMatch(
  { rule, aboutTarget, sources }: RelevantRule<SecurityRule | AdminRule>,
  origin: Origin,
): Match {
  const bySource = prefixMatch(sources, origin);
  if (bySource === "no" && rule.sourceGroups.length === 0) return "no";
  // Members of application security groups are NICs of the virtual network; which ones was not read.
  const maybeMember = rule.sourceGroups.length > 0 && origin.virtualNetwork !== "no";
  return allMatch([aboutTarget, maybeMember ? anyMatch([bySource, "unsure"]) : bySource]);
}

function targetMatch(rule: SecurityRule | AdminRule, { destination, port, destinationGroups }: Target): Match {
  if (rule.direction !== "Inbound" || !speaksTcp(rule.protocol)) return "no";
  const ports = allMatch([
    anyMatch(rule.destinationPorts.map((range) => portMatch(range, port, port))),
    anyMatch(rule.sourcePorts.map((range) => portMatch(range, ...clientPorts))),
  ]);
  if (ports === "no") return "no";
  const isMember = rule.destinationGroups.some((group) => isAmong(group, destinationGroups));
  return allMatch([ports, isMember ? "yes" : prefixMatch(readPrefixes(rule.destinations), destination)]);
}

// ARM writes `*`; effective rules write `All`, rules of administrators `Any`.
function speaksTcp(protocol: string): boolean {
  return ["tcp", "*", "all", "any"].includes(protocol.toLowerCase());
}

/** The ports that a client may call from. Which one it takes cannot be told. */
const clientPorts = [1024, 65535] as const;

/** Whether ports in ARM's spelling (`*`, `3389`, `3000-4000`) hold all from `first` to `last`, none, or some. */
function portMatch(ports: string, first: number, last: number): Match {
  if (/^(\*|any)$/i.test(ports)) return "yes";
  const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(ports.trim()) ?? [];
  if (low === undefined) return "unsure";
  if (Number(low) <= first && last <= Number(high)) return "yes";
  return Number(high) < first || last < Number(low) ? "no" : "unsure";
}

function isAmong(id: string, ids: readonly string[]): boolean {
  return ids.some((other) => other.toLowerCase() === id.toLowerCase());
}
