import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import { appliesTo, filteringProfiles, isForEverybody, profilesWithoutAllow, rulesInEffect } from "../core/firewall.ts";
import type { FirewallSection } from "../core/guest-evidence.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { judgeIpsec, judgeSources } from "./_firewall-sources.ts";
import { judgeStoppedFirewall, startOf, startsByItself } from "./_firewall-startup.ts";
import { numberAt, policyAdvice } from "./_registry.ts";
import { brief, type Context, fitting, judgeFrom, readable, worstResult } from "./_section.ts";
import { whileStarting } from "./_starting.ts";

type Profile = FirewallSection["profiles"][number];
type Rule = FirewallSection["rules"][number];

/** The other conditions of a rule are not in the evidence: a reply of 4,096 bytes has no room for them. */
const notLookedAt = "local addresses, interfaces, users and computers that a rule may name";

/**
 * How the Windows firewall treats the RDP port in the profiles in use, for the same sources as the network. Rules for
 * some addresses only are a choice; they are a fault when they shut out a client that was named, or every path by which
 * people come.
 */
export const windowsFirewallAllowsRdp: Check = {
  id: "windows-firewall-allows-rdp",
  title: "The Windows firewall lets Remote Desktop in",
  run: judgeFrom(["firewall"], ({ firewall }, context) => {
    const port = rdpPort(context);
    if (port === null) return unknown("The port of Remote Desktop could not be read.");
    if (firewall.service !== "Running") {
      const stopped = judgeStoppedFirewall(firewall);
      return (startsByItself(firewall) ? whileStarting(stopped.because, context) : null) ?? stopped;
    }
    if (firewall.profileUnread !== undefined) return judgeEveryProfile(firewall, port, context);
    const active = firewall.profiles.filter((profile) => profile.active);
    if (active.length === 0) return unknown("Windows reports no firewall profile in use.");
    return judgeProfiles(active, firewall, port, context);
  }),
};

/** The profile in use is not known: what holds for each of them holds. */
function judgeEveryProfile(firewall: FirewallSection, port: number, context: Context): CheckResult {
  const results = firewall.profiles.map((profile) => {
    const active = { ...profile, active: true };
    const alone = { ...firewall, profiles: [active] };
    return judgeProfiles([active], alone, port, context);
  });
  const why = `The firewall profile in use could not be read (${brief(firewall.profileUnread ?? "")})`;
  const [first] = results;
  if (first && results.every(({ verdict }) => verdict === first.verdict)) {
    return { ...first, because: `${why}; the result is the same under each of them. ${first.because}` };
  }
  const fault = worstResult(results);
  return unknown(`${why}, and not all of them let TCP ${port} in. ${fault?.because ?? ""}`);
}

function judgeProfiles(
  active: readonly Profile[],
  firewall: FirewallSection,
  port: number,
  context: Context,
): CheckResult {
  const filtering = filteringProfiles(firewall);
  const shut = new Map(
    filtering.flatMap((profile) => {
      const ipsec = judgeIpsec(firewall, [profile], port);
      const found = judgeProfile(profile, firewall, port, context) ?? (ipsec?.verdict === "faulty" ? ipsec : null);
      return found ? [[profile.name, found] as const] : [];
    }),
  );
  const fault = worstResult([...shut.values()]);
  const others = active.filter(({ name }) => !shut.has(name));
  if (!fault) return judgeOpenProfiles(active, filtering, firewall, port, context);
  if (others.length === 0) return blockedBeside(filtering, firewall, port, context, fault) ?? fault;
  const open = filtering.filter(({ name }) => !shut.has(name));
  const elsewhere = judgeOpenProfiles(others, open, firewall, port, context);
  if (elsewhere.verdict === "faulty" || elsewhere.verdict === "unknown") return elsewhere;
  return noted(
    fitting(
      `TCP ${port} gets in under ${namesOf(others)}, and not under ${[...shut.keys()].join(", ")}, which is in use too: clients on that adapter's network get no answer (Get-NetConnectionProfile shows which it is).`,
      fault.because,
    ),
    elsewhere.evidence,
  );
}

/** A fault that a remediation would lift, and block rules beside it that it would leave; `null` without such rules. */
function blockedBeside(
  filtering: readonly Profile[],
  firewall: FirewallSection,
  port: number,
  { evidence }: Context,
  fault: CheckResult,
): CheckResult | null {
  if (!fault.restoredBy?.length) return null;
  const opened = filtering.map((profile) => ({ ...profile, blockAll: false, defaultInbound: "Allow" as const }));
  const { result } = judgeSources(evidence, { ...firewall, profiles: opened }, opened, port);
  return result?.verdict === "faulty" ? faulty(fitting(fault.because, result.because), []) : null;
}

/** The result for profiles that shut nobody out whoever comes. */
function judgeOpenProfiles(
  active: readonly Profile[],
  filtering: readonly Profile[],
  firewall: FirewallSection,
  port: number,
  { evidence }: Context,
): CheckResult {
  const names = namesOf(active);
  if (filtering.length === 0) return healthy(`The firewall is off in the profile in use (${names}).`);
  const byIpsec = judgeIpsec(firewall, filtering, port);
  const { result, sources } = judgeSources(evidence, firewall, filtering, port);
  const conditional = worstResult([byIpsec, result].filter((one) => one !== null));
  if (conditional) return { ...conditional, evidence: { port, ...sources } };
  const limits = filtering.map((profile) => limitsOf(profile, firewall, port)).join("");
  return healthy(`TCP ${port} gets in under the profile in use (${names})${limits}.`, {
    port,
    ...sources,
    "not looked at": notLookedAt,
  });
}

function namesOf(profiles: readonly Profile[]): string {
  return profiles.map(({ name }) => name).join(", ");
}

function rdpPort({ guest }: Context): number | null {
  const registry = readable(guest.registry);
  return readable(guest.listener)?.port ?? (registry && numberAt(registry, "rdp-tcp/PortNumber"));
}

function judgeProfile(profile: Profile, firewall: FirewallSection, port: number, context: Context): CheckResult | null {
  const { name, blockAll, managedBy } = profile;
  if (blockAll) {
    return managedBy === "policy"
      ? faulty(
          `Group policy makes profile ${name} block everything, whatever rules allow. ${policyAdvice("allow the inbound rules of this profile")}`,
          [],
        )
      : faulty(`Profile ${name} (local) blocks everything, whatever rules allow.`, ["open-windows-firewall"]);
  }
  const block = rulesInEffect(firewall, profile).find(
    (rule) => rule.action === "Block" && isForEverybody(rule) && appliesTo(rule, name, port),
  );
  if (block) {
    return faulty(
      `Rule ${brief(block.name)} (${block.managedBy}) blocks TCP ${port} under profile ${name} and wins over every rule that allows it. Remove it, or narrow it down.`,
      [],
    );
  }
  return profilesWithoutAllow(firewall, port).includes(profile)
    ? judgeMissingAllow(profile, firewall, port, context)
    : null;
}

/**
 * The only addresses for which the port is open, and those for which it is blocked, as the end of a sentence; empty
 * when all addresses are allowed.
 */
function limitsOf(profile: Profile, firewall: FirewallSection, port: number): string {
  const of = (action: "Allow" | "Block") =>
    rulesInEffect(firewall, profile).filter((rule) => rule.action === action && appliesTo(rule, profile.name, port));
  const told = (some: FirewallSection["rules"]) => brief(some.flatMap((rule) => rule.remoteAddresses).join(", "));
  const [allow, block] = [of("Allow"), of("Block")];
  const some = profile.defaultInbound === "Block" && !allow.some(isForEverybody) ? ` from ${told(allow)} alone` : "";
  const banned = block.length > 0 ? `, and not from ${told(block)}` : "";
  const more = firewall.leftOut?.block ? `; ${firewall.leftOut.block} more rules block some addresses` : "";
  return `${some}${banned}${more}`;
}

function judgeMissingAllow(profile: Profile, firewall: FirewallSection, port: number, context: Context): CheckResult {
  const { name, managedBy } = profile;
  const local = firewall.rules.find((rule) => rule.action === "Allow" && appliesTo(rule, name, port));
  if (profile.localRules === false) {
    const would = local ? `Rule ${brief(local.name)} (local) would let TCP ${port} in, but group` : "Group";
    return faulty(
      `${would} policy does not merge local firewall rules under profile ${name} (AllowLocalPolicyMerge 0), and none of its own rules lets TCP ${port} in. ${policyAdvice(`allow TCP ${port} inbound, or merge local rules`)}`,
      [],
    );
  }
  const shut = `No enabled rule lets TCP ${port} in under profile ${name} (${managedBy})`;
  const elsewhere = ruleForOtherProfiles(firewall, port);
  if (port !== defaultRdpPort) {
    if (elsewhere) return judgeOtherProfiles(elsewhere, profile, port, context);
    return faulty(
      `${shut}, and Windows' own rules open ${defaultRdpPort} alone. Make an inbound rule for TCP ${port}.`,
      [],
    );
  }
  const off = firewall.rules.filter((rule) => rule.group && !rule.enabled);
  const opener = off.find((rule) => rule.action === "Allow" && appliesTo({ ...rule, enabled: true }, name, port));
  if (!opener && elsewhere) return judgeOtherProfiles(elsewhere, profile, port, context);
  if (!opener) return faulty(`${shut}, and Windows' own rules are missing or changed. Make an inbound rule.`, []);
  if (managedBy === "policy" || off.some((rule) => rule.managedBy === "policy")) {
    return faulty(`${shut}, and group policy manages it. ${policyAdvice(`allow TCP ${port} inbound`)}`, []);
  }
  return faulty(`${shut}: ${brief(opener.name)} (${opener.managedBy}) is off.`, ["open-windows-firewall"]);
}

/** An enabled rule that lets the port in, under other profiles than the one in question. */
function ruleForOtherProfiles(firewall: FirewallSection, port: number): Rule | undefined {
  return firewall.rules.find(
    (rule) => rule.action === "Allow" && rule.profiles.some((name) => appliesTo(rule, name, port)),
  );
}

/**
 * The rule is there and is not for the category of the network. Windows gives the category Public to a network that it
 * does not know, and to that of a member of a domain which did not reach its domain controller. [NLA]
 */
function judgeOtherProfiles(rule: Rule, { name }: Profile, port: number, { guest }: Context): CheckResult {
  const is = `Rule ${brief(rule.name, 60)} (${rule.managedBy}) lets TCP ${port} in under ${rule.profiles.join(", ")} alone, and the network in use has the category ${name}.`;
  const disabled = readable(guest.supportingServices)?.disabled ?? [];
  const isPublic = name === "Public";
  const why = disabled.some((one) => one.name === "NlaSvc")
    ? `${isPublic ? "The likely cause" : "Beside it"}: NlaSvc is disabled. ${startOf("NlaSvc")}.`
    : isPublic && readable(guest.system)?.domainJoined
      ? "The domain was probably not found when the network came up: check DNS, then restart NlaSvc."
      : "";
  const extend =
    rule.managedBy === "policy"
      ? policyAdvice(`add ${name} to the rule's profiles`)
      : `Or add the profile: Set-NetFirewallRule -Name '${brief(rule.name, 60)}' -Profile Any.`;
  return faulty(fitting(is, why, extend), []);
}
