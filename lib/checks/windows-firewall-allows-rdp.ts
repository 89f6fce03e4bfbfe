import { type Check, type CheckResult, faulty, healthy, unknown } from "../core/check.ts";
import { appliesTo, filteringProfiles, isForEverybody, profilesWithoutAllow } from "../core/firewall.ts";
import type { FirewallSection } from "../core/guest-evidence.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { numberAt, policyAdvice } from "./_registry.ts";
import { brief, type Context, judgeFrom, readable, worst } from "./_section.ts";

type Profile = FirewallSection["profiles"][number];

/** The other conditions of a rule are not in the evidence: a reply of 4,096 bytes has no room for them. */
const notLookedAt = "local addresses, interfaces, users and computers that a rule may name";

/**
 * How the Windows firewall treats the RDP port in the profiles in effect. Rules for some addresses only are a choice
 * and no fault; the finding mentions them.
 */
export const windowsFirewallAllowsRdp: Check = {
  id: "windows-firewall-allows-rdp",
  title: "The Windows firewall lets Remote Desktop in",
  run: judgeFrom(["firewall"], ({ firewall }, context) => {
    const port = rdpPort(context);
    if (port === null) return unknown("On which port Remote Desktop listens could not be read.");
    if (firewall.service !== "Running") {
      return faulty(
        `The service MpsSvc is ${brief(firewall.service)}. Start it: Windows without its firewall is not supported.`,
        [],
      );
    }
    const active = firewall.profiles.filter((profile) => profile.active).map(({ name }) => name);
    if (active.length === 0) return unknown("Windows reports no firewall profile in use.");
    const filtering = filteringProfiles(firewall);
    const found = worst(filtering.flatMap((profile) => judgeProfile(profile, firewall, port) ?? []));
    if (found) return found;
    if (filtering.length === 0) return healthy(`The firewall is off in the profile in use (${active.join(", ")}).`);
    const limits = filtering.map((profile) => limitsOf(profile, firewall, port)).join("");
    return healthy(`TCP ${port} gets in under the profile in use (${active.join(", ")})${limits}.`, {
      port,
      "not looked at": notLookedAt,
    });
  }),
};

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
  const block = firewall.rules.find(
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
function limitsOf({ name, defaultInbound }: Profile, { rules }: FirewallSection, port: number): string {
  const of = (action: "Allow" | "Block") =>
    rules.filter((rule) => rule.action === action && appliesTo(rule, name, port));
  const told = (some: FirewallSection["rules"]) => brief(some.flatMap((rule) => rule.remoteAddresses).join(", "));
  const [allow, block] = [of("Allow"), of("Block")];
  const some = defaultInbound === "Block" && !allow.some(isForEverybody) ? ` from ${told(allow)} alone` : "";
  return block.length > 0 ? `${some}, and not from ${told(block)}` : some;
}

function judgeMissingAllow({ name, managedBy }: Profile, firewall: FirewallSection, port: number): CheckResult {
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
