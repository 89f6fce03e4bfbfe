import { type Check, type CheckResult, faulty, healthy, unknown } from "../core/check.ts";
import { appliesTo, filteringProfiles, isForEverybody, profilesWithoutAllow, rulesInEffect } from "../core/firewall.ts";
import type { FirewallSection } from "../core/guest-evidence.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { judgeIpsec, judgeSources } from "./_firewall-sources.ts";
import { judgeStoppedFirewall, startsByItself } from "./_firewall-startup.ts";
import { numberAt, policyAdvice } from "./_registry.ts";
import { brief, type Context, judgeFrom, readable, worstResult } from "./_section.ts";
import { whileStarting } from "./_starting.ts";

type Profile = FirewallSection["profiles"][number];

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
  { evidence }: Context,
): CheckResult {
  const names = active.map(({ name }) => name).join(", ");
  const filtering = filteringProfiles(firewall);
  const found = worstResult(filtering.flatMap((profile) => judgeProfile(profile, firewall, port) ?? []));
  if (found) return found;
  if (filtering.length === 0) return healthy(`The firewall is off in the profile in use (${names}).`);
  const byIpsec = judgeIpsec(firewall, filtering, port);
  if (byIpsec?.verdict === "faulty") return byIpsec;
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

function rdpPort({ guest }: Context): number | null {
  const registry = readable(guest.registry);
  return readable(guest.listener)?.port ?? (registry && numberAt(registry, "rdp-tcp/PortNumber"));
}

function judgeProfile(profile: Profile, firewall: FirewallSection, port: number): CheckResult | null {
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
  return profilesWithoutAllow(firewall, port).includes(profile) ? judgeMissingAllow(profile, firewall, port) : null;
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

function judgeMissingAllow(profile: Profile, firewall: FirewallSection, port: number): CheckResult {
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
  if (port !== defaultRdpPort) {
    return faulty(
      `${shut}, and Windows' own rules open ${defaultRdpPort} alone. Make an inbound rule for TCP ${port}.`,
      [],
    );
  }
  const off = firewall.rules.filter((rule) => rule.group && !rule.enabled);
  const opener = off.find((rule) => rule.action === "Allow" && appliesTo({ ...rule, enabled: true }, name, port));
  if (!opener) return faulty(`${shut}, and Windows' own rules are missing or changed. Make an inbound rule.`, []);
  if (managedBy === "policy" || off.some((rule) => rule.managedBy === "policy")) {
    return faulty(`${shut}, and group policy manages it. ${policyAdvice(`allow TCP ${port} inbound`)}`, []);
  }
  return faulty(`${shut}: ${brief(opener.name)} (${opener.managedBy}) is off.`, ["open-windows-firewall"]);
}
