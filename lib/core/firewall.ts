import type { FirewallSection } from "./guest-evidence.ts";

type Profile = FirewallSection["profiles"][number];
type Rule = FirewallSection["rules"][number];

/** The profiles in effect: those of a connected network whose firewall is on. */
export function filteringProfiles(firewall: FirewallSection): Profile[] {
  return firewall.profiles.filter((profile) => profile.active && profile.enabled);
}

/**
 * Whether an enabled rule decides who reaches Remote Desktop on this port under this profile. A rule for another
 * program does not, whatever its ports: the built-in rule for shadowing has any port, and allows no log-on. [FR]
 */
export function appliesTo(rule: Rule, profile: Profile["name"], port: number): boolean {
  const named = rule.localPorts.some((ports) => holdsPort(ports, port));
  return rule.enabled && rule.reachesListener && named && rule.profiles.includes(profile);
}

/** The rules that count under a profile: without local ones where policy does not merge them. */
export function rulesInEffect(firewall: FirewallSection, profile: Profile): Rule[] {
  return firewall.rules.filter(({ managedBy }) => managedBy === "policy" || profile.localRules !== false);
}

/** Whether the rule applies to every address, not only to some. */
export function isForEverybody({ remoteAddresses }: Rule): boolean {
  return remoteAddresses.some((addresses) => /^(any|\*)$/i.test(addresses));
}

/** Ports in the firewall's spelling: `3389`, `3000-4000`, `Any` or `*`. */
export function holdsPort(ports: string, port: number): boolean {
  if (/^(any|\*)$/i.test(ports)) return true;
  const [from = Number.NaN, to = from] = ports.split("-").map(Number);
  return from <= port && port <= to;
}

/**
 * The enabled rules that block this port for all addresses in a profile in effect. A block rule wins over every allow
 * rule.
 */
export function blockingRules(firewall: FirewallSection, port: number): Rule[] {
  const blocking = filteringProfiles(firewall).flatMap((profile) =>
    rulesInEffect(firewall, profile).filter(
      (rule) => rule.action === "Block" && isForEverybody(rule) && appliesTo(rule, profile.name, port),
    ),
  );
  return [...new Set(blocking)];
}

/** The profiles in effect in which no rule allows this port, and whose default blocks it. */
export function profilesWithoutAllow(firewall: FirewallSection, port: number): Profile[] {
  return filteringProfiles(firewall).filter(
    (profile) =>
      profile.defaultInbound === "Block" &&
      !rulesInEffect(firewall, profile).some((rule) => rule.action === "Allow" && appliesTo(rule, profile.name, port)),
  );
}
