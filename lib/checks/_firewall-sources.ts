import { accessPathsOf } from "../core/access-paths.ts";
import { type AddressRange, parseRange, parseRanges } from "../core/address.ts";
import { internetRanges, intersectRanges, privateRanges } from "../core/address-ranges.ts";
import { networkOf } from "../core/azure-evidence.ts";
import { type CheckResult, faulty, noted, unknown } from "../core/check.ts";
import type { Evidence } from "../core/evidence.ts";
import { evaluateScope, type LocalSubnets, type ScopeVerdict } from "../core/firewall-scope.ts";
import type { FirewallSection } from "../core/guest-evidence.ts";
import { effectOf } from "../core/ipsec-rule.ts";
import { policyAdvice } from "./_registry.ts";
import { brief, fitting, worstResult } from "./_section.ts";

type Profile = FirewallSection["profiles"][number];

/** The firewall's answer about one source under the profiles in use. */
interface SourceResult {
  readonly source: string;
  readonly verdict: ScopeVerdict["verdict"];
  readonly because: string;
}

/** The result, and the verdict on each source: `allowed`, `part`, `denied` or `unknown`. */
export interface SourcesJudged {
  /** `null`: all that count get in. */
  readonly result: CheckResult | null;
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * Judges the firewall for the sources of the run, the same as for the network. Each named address must get in. When none
 * was named, the paths for people count that the network does not deny: one is enough, and a path that ends at the
 * firewall alone is noted.
 */
export function judgeSources(
  evidence: Evidence,
  firewall: FirewallSection,
  profiles: readonly Profile[],
  port: number,
): SourcesJudged {
  const paths = accessPathsOf(evidence).flatMap((path) => {
    const judged = judgeSource(path.source, evidence, firewall, profiles, port);
    return judged ? { path, judged } : [];
  });
  const sources = Object.fromEntries(paths.map(({ judged }) => [judged.source, judged.verdict]));
  const named = paths.filter(({ path }) => path.kind === "named");
  if (named.length > 0) return { result: worstResult(named.flatMap(({ judged }) => asNamed(judged) ?? [])), sources };
  const shown = paths.filter(({ path }) => path.shownBy !== null);
  const counted = (shown.length > 0 ? shown : paths).filter(({ path }) => path.verdict !== "denied");
  const shut = counted.filter(({ judged }) => judged.verdict === "denied");
  if (shut.length === 0) return { result: null, sources };
  const told = shut.map(({ judged }) => judged.because).join(" ");
  const result =
    shut.length < counted.length
      ? noted(fitting(told, "Others get in."))
      : faulty(fitting(told, "Nobody else gets in."), []);
  return { result, sources };
}

function asNamed({ verdict, because }: SourceResult): CheckResult | null {
  switch (verdict) {
    case "allowed":
      return null;
    case "unknown":
      return unknown(because);
    default:
      return faulty(because, []);
  }
}

function judgeSource(
  source: string,
  evidence: Evidence,
  firewall: FirewallSection,
  profiles: readonly Profile[],
  port: number,
): SourceResult | null {
  const ranges = rangesOf(source, evidence);
  // What is not known of the network is the network's finding.
  if (ranges.length === 0) return null;
  const subnets = subnetsOf(evidence);
  const results = profiles.map((profile) => judgeUnder(profile, source, ranges, firewall, port, subnets));
  const lets = results.find(({ verdict }) => verdict === "allowed");
  const shuts = results.find(({ verdict }) => verdict === "denied" || verdict === "part");
  // Which adapter has which profile is not in the evidence, nor by which of them the source comes.
  if (lets && shuts) {
    const because = fitting(
      `${source} gets in under one profile in use and not under another, and by which it comes is not known.`,
      shuts.because,
    );
    return { source, verdict: "unknown", because };
  }
  const order = ["denied", "part", "unknown", "allowed"] as const;
  return order.flatMap((verdict) => results.find((result) => result.verdict === verdict) ?? [])[0] ?? null;
}

function judgeUnder(
  profile: Profile,
  source: string,
  ranges: readonly AddressRange[],
  firewall: FirewallSection,
  port: number,
  subnets: LocalSubnets,
): SourceResult {
  const ipsec = (firewall.ipsec ?? [])
    .filter(({ managedBy }) => managedBy === "policy" || profile.localIpsec !== false)
    .map((rule) => ({ rule, ...effectOf(rule, profile.name, port) }))
    .find(({ effect, remote }) => effect === "blocks" && remote && intersectRanges(ranges, remote).length > 0);
  if (ipsec) {
    const because = `The connection security rule ${brief(ipsec.rule.id)} (${ipsec.rule.managedBy}) demands IPsec from ${source} under profile ${profile.name}.`;
    return { source, verdict: "denied", because };
  }
  const { verdict, rules, why } = evaluateScope(ranges, firewall, profile, port, subnets);
  const under = `under profile ${profile.name}`;
  if (verdict === "unknown") {
    return { source, verdict, because: `It is not known whether ${source} gets in ${under}: ${why}.` };
  }
  // Of a tag, a part that gets in is enough, as for the network.
  if (verdict === "part" && isTag(source)) return { source, verdict: "allowed", because: "" };
  const names = rules.slice(0, 3).map((rule) => `${brief(rule.name)} (${rule.managedBy})`);
  const of = brief([...new Set(rules.flatMap((rule) => rule.remoteAddresses))].join(", "));
  const whom = verdict === "part" ? `Not all of ${source} gets in` : `${source} does not get in`;
  const because =
    rules[0]?.action === "Block"
      ? `${whom} ${under}: rule ${names.join(", ")} blocks TCP ${port} from ${of} and wins over every rule that allows it. Take the address out of that rule.`
      : `${whom} ${under}: TCP ${port} is open to ${of} alone, by rule ${names.join(", ")}. ${widen(rules[0], source)}`;
  return { source, verdict, because };
}

/** How to let a source in by a rule that admits others. The command replaces the list, so it names all of it. */
function widen(rule: FirewallSection["rules"][number] | undefined, source: string): string {
  if (!rule) return "";
  if (rule.managedBy === "policy") return policyAdvice("add the client's address to its remote addresses");
  const whole = !rule.addressesLeftOut && !isTag(source);
  const list = whole ? [...rule.remoteAddresses, source].join(",") : "with the whole list and the client's address";
  return `Add the client's address to its remote addresses: Set-NetFirewallRule -Name '${brief(rule.name)}' -RemoteAddress ${brief(list)}.`;
}

function isTag(source: string): boolean {
  return /^(internet|virtualnetwork)$/i.test(source.trim());
}

function rangesOf(source: string, { azure }: Evidence): readonly AddressRange[] {
  const network = networkOf(azure);
  switch (source.trim().toLowerCase()) {
    case "internet":
      return internetRanges;
    case "virtualnetwork":
      return (
        parseRanges(
          (network?.virtualNetworks ?? []).flatMap((own) =>
            "unreadable" in own ? [] : [...own.prefixes, ...own.peerings.flatMap(({ prefixes }) => prefixes)],
          ),
        )
          .concat(parseRanges(network?.onPremises ?? []))
          // Azure does not name the ranges behind a gateway.
          .concat(network?.virtualNetworks.some((own) => "gateway" in own && own.gateway) ? privateRanges : [])
      );
    default: {
      const range = parseRange(source);
      return range ? [range] : [];
    }
  }
}

function subnetsOf({ azure }: Evidence): LocalSubnets {
  if (!("interfaces" in azure.network)) return null;
  const prefixes = azure.network.interfaces.flatMap((nic) =>
    nic.ipConfigurations.flatMap(({ subnet }) => subnet.prefixes ?? []),
  );
  return prefixes.length > 0 ? parseRanges(prefixes) : null;
}

/** Connection security rules that drop everything for the port, or may. `null`: none that matters. */
export function judgeIpsec(firewall: FirewallSection, profiles: readonly Profile[], port: number): CheckResult | null {
  const found = profiles.flatMap((profile) =>
    (firewall.ipsec ?? [])
      .filter(({ managedBy }) => managedBy === "policy" || profile.localIpsec !== false)
      .map((rule) => ({ rule, profile, ...effectOf(rule, profile.name, port) })),
  );
  const blocks = found.find(({ effect, remote }) => effect === "blocks" && remote === null);
  if (blocks) {
    const { rule, profile } = blocks;
    const fix =
      rule.managedBy === "policy"
        ? "A group policy owns it: ask its owner to take the port out of it. It would return at the next refresh."
        : `Switch it off: Disable-NetIPsecRule -Name '${brief(rule.id)}'. Enable-NetIPsecRule undoes that.`;
    return faulty(
      `The connection security rule ${brief(rule.id)} (${rule.managedBy}) demands IPsec for TCP ${port} under profile ${profile.name}: clients without it get no answer, and nothing is logged. ${fix}`,
      [],
    );
  }
  const may = found.find(({ effect }) => effect === "may-block");
  return may
    ? noted(
        `The connection security rule ${brief(may.rule.id)} (${may.rule.managedBy}) demands IPsec for connections with a condition that is not evaluated here (${brief(may.condition ?? "")}). If clients get no answer, look at it: Get-NetIPsecRule -PolicyStore ActiveStore -Name '${brief(may.rule.id)}'.`,
      )
    : null;
}
