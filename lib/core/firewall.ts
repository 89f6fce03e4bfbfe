import type { FirewallSection } from "./guest-evidence.ts";

type Profile = FirewallSection["profiles"][number];
type Rule = FirewallSection["rules"][number];

/** The profiles that filter now: those of a connected network whose firewall is on. */
export function filteringProfiles(firewall: FirewallSection): Profile[] {
  return firewall.profiles.filter((profile) => profile.active && profile.enabled);
}

/** Whether an enabled rule speaks about this port under this profile. */
export function appliesTo(rule: Rule, profile: Profile["name"], port: number): boolean {
  return rule.enabled && rule.profiles.includes(profile) && rule.localPorts.some((ports) => holdsPort(ports, port));
}

/** Ports in the firewall's spelling: `3389`, `3000-4000`, `Any` or `*`. */
function holdsPort(ports: string, port: number): boolean {
  if (/^(any|\*)$/i.test(ports)) return true;
  const [from = Number.NaN, to = from] = ports.split("-").map(Number);
  return from <= port && port <= to;
}

/** The enabled rules that block this port in a filtering profile. A block rule wins over every allow rule. */
export function blockingRules(firewall: FirewallSection, port: number): Rule[] {
  return firewall.rules.filter(
    (rule) =>
      rule.action === "Block" && filteringProfiles(firewall).some((profile) => appliesTo(rule, profile.name, port)),
  );
}

/** The filtering profiles in which no rule lets this port in, and which do not let in what no rule names. */
export function profilesWithoutAllow(firewall: FirewallSection, port: number): Profile[] {
  return filteringProfiles(firewall).filter(
    (profile) =>
      profile.defaultInbound === "Block" &&
      !firewall.rules.some((rule) => rule.action === "Allow" && appliesTo(rule, profile.name, port)),
  );
}
