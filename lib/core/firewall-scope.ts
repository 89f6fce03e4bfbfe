import { type AddressRange, parseAddress, parseRange, parseRanges } from "./address.ts";
import { intersectRanges, subtractRanges } from "./address-ranges.ts";
import { appliesTo, isForEverybody, rulesInEffect } from "./firewall.ts";
import type { FirewallSection } from "./guest-evidence.ts";

type Profile = FirewallSection["profiles"][number];
type Rule = FirewallSection["rules"][number];

/** What the Windows firewall does with connections from some addresses to one port under one profile. */
export interface ScopeVerdict {
  /** `part`: some of the addresses get in. `unknown`: it depends on what is not in the evidence. */
  readonly verdict: "allowed" | "part" | "denied" | "unknown";
  /** The rules that decide: those that block some of these addresses, else those that allow others alone. */
  readonly rules: readonly Rule[];
  /** For `unknown`: why, as a clause. */
  readonly why: string | null;
}

/** Where the firewall's word `LocalSubnet` leads: the ranges of the VM's subnets; `null` when they were not read. */
export type LocalSubnets = readonly AddressRange[] | null;

/**
 * Evaluates the rules for a source, which may be several ranges. A block rule wins over every allow rule. [MS: Windows
 * firewall rules]
 */
export function evaluateScope(
  sources: readonly AddressRange[],
  firewall: FirewallSection,
  profile: Profile,
  port: number,
  subnets: LocalSubnets,
): ScopeVerdict {
  const rules = rulesInEffect(firewall, profile).filter((rule) => appliesTo(rule, profile.name, port));
  const of = (action: Rule["action"]) =>
    rules.filter((rule) => rule.action === action).map((rule) => ({ rule, scope: scopeOf(rule, subnets) }));
  const [allows, blocks] = [of("Allow"), of("Block")];
  const open = profile.defaultInbound === "Allow";
  const admitted = open
    ? [...sources]
    : intersectRanges(
        sources,
        allows.flatMap(({ scope }) => scope.ranges),
      );
  const left = subtractRanges(
    admitted,
    blocks.flatMap(({ scope }) => scope.ranges),
  );
  const blocking = blocks.filter(({ scope }) => intersectRanges(sources, scope.ranges).length > 0);
  const decisive = (blocking.length > 0 ? blocking : allows).map(({ rule }) => rule);
  const missed = subtractRanges(sources, left).length > 0;
  const verdict = left.length === 0 ? "denied" : missed ? "part" : "allowed";
  const doubt = doubtOf({ verdict, allows, blocks, leftOut: firewall.leftOut });
  return doubt ? { verdict: "unknown", rules: decisive, why: doubt } : { verdict, rules: decisive, why: null };
}

interface Scoped {
  readonly rule: Rule;
  readonly scope: Scope;
}

/** What may change the verdict and is not in the evidence. A denial by a known block is certain. */
function doubtOf(found: {
  verdict: "allowed" | "part" | "denied";
  allows: readonly Scoped[];
  blocks: readonly Scoped[];
  leftOut: FirewallSection["leftOut"];
}): string | null {
  const { verdict, allows, blocks, leftOut } = found;
  const of = (scoped: readonly Scoped[]) => scoped.find(({ rule, scope }) => scope.unknown || rule.addressesLeftOut);
  if (verdict !== "allowed") {
    const more = of(allows);
    if (more) return `rule ${more.rule.name} allows ${describeRest(more)}`;
    if (leftOut?.allow) return `${leftOut.allow} more rules that allow some addresses had no room in the reply`;
  }
  if (verdict !== "denied") {
    const more = of(blocks);
    if (more) return `rule ${more.rule.name} blocks ${describeRest(more)}`;
    if (leftOut?.block) return `${leftOut.block} more rules that block some addresses had no room in the reply`;
  }
  return null;
}

function describeRest({ rule, scope }: Scoped): string {
  return scope.unknown
    ? `"${scope.unknown}", whose addresses are not known`
    : `${rule.addressesLeftOut} more addresses`;
}

/** The addresses of a rule as ranges, and the first word that names addresses which are not known. */
interface Scope {
  readonly ranges: readonly AddressRange[];
  readonly unknown: string | null;
}

const everything = parseRanges(["0.0.0.0/0", "::/0"]);

function scopeOf(rule: Rule, subnets: LocalSubnets): Scope {
  if (isForEverybody(rule)) return { ranges: everything, unknown: null };
  const parts = rule.remoteAddresses.map((text) => ({ text, ranges: readRemoteAddress(text, subnets) }));
  return {
    ranges: parts.flatMap(({ ranges }) => ranges ?? []),
    unknown: parts.find(({ ranges }) => ranges === null)?.text ?? null,
  };
}

/**
 * Addresses in the firewall's spelling: an address, a CIDR, `10.0.0.0/255.0.0.0`, `10.0.0.4-10.0.0.9` or `LocalSubnet`;
 * `null` for a word whose addresses are not known here, e.g. `DNS`.
 */
export function readRemoteAddress(text: string, subnets: LocalSubnets): readonly AddressRange[] | null {
  const word = text.trim();
  if (/^LocalSubnet[46]?$/i.test(word)) return subnets;
  const [from = "", to, ...rest] = word.split("-");
  if (to !== undefined) {
    const [first, last] = [parseAddress(from.trim()), parseAddress(to.trim())];
    if (!first || !last || first.family !== last.family || rest.length > 0) return null;
    return [{ family: first.family, first: first.value, last: last.value }];
  }
  const masked = /^([\d.]+)\/(\d+\.\d+\.\d+\.\d+)$/.exec(word);
  const mask = masked && parseAddress(masked[2] ?? "");
  const range = mask ? parseRange(`${masked?.[1]}/${lengthOf(mask.value)}`) : parseRange(word);
  return range && [range];
}

/** The prefix length of a mask such as 255.0.0.0. */
function lengthOf(mask: bigint): number {
  return mask.toString(2).replaceAll("0", "").length;
}
