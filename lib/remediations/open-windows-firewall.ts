import type { Change } from "../core/change.ts";
import { blockingRules, filteringProfiles, profilesWithoutAllow } from "../core/firewall.ts";
import type { FirewallSection } from "../core/guest-evidence.ts";
import { isRefusal, type Refusal, type Remediation, refuse } from "../core/remediation.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { planFrom } from "./_plan-from.ts";

/** Allows Remote Desktop by Windows' own rules. The firewall is never turned off, and no rule is created. */
export const openWindowsFirewall: Remediation = {
  id: "open-windows-firewall",
  title: "Let Remote Desktop through the Windows firewall",
  restores: ["windows-firewall-allows-rdp"],
  risk: "low",
  mayNeedRestart: false,
  touches: [{ kind: "enable-firewall-group" }, { kind: "set-firewall-inbound" }],
  sources: ["FW", "FR"],
  plan: planFrom(["firewall", "listener"], ({ firewall, listener: { port } }) => {
    const [blocking] = blockingRules(firewall, port);
    if (blocking) {
      return refuse(
        `The firewall rule "${blocking.name}" blocks port ${port} and wins over every rule that allows it. Remove it.`,
      );
    }
    const profiles = openProfiles(firewall);
    if (isRefusal(profiles)) return profiles;
    const group = enableGroup(firewall, port);
    return isRefusal(group) ? group : [...group, ...profiles];
  }),
};

function openProfiles(firewall: FirewallSection): Change[] | Refusal {
  const closed = filteringProfiles(firewall).filter((profile) => profile.blockAll);
  const managed = closed.find((profile) => profile.managedBy === "policy");
  if (managed) {
    return refuse(
      `Group policy makes the firewall profile ${managed.name} block everything, whatever rules allow. Ask the owner of the policy to correct it.`,
    );
  }
  return closed.map(({ name }) => ({ kind: "set-firewall-inbound", profile: name, to: "block", was: "block-all" }));
}

function enableGroup(firewall: FirewallSection, port: number): Change[] | Refusal {
  const shut = profilesWithoutAllow(firewall, port);
  if (shut.length === 0) return [];
  const unmerged = shut.find(({ localRules }) => localRules === false);
  if (unmerged) {
    return refuse(
      `Group policy does not merge local firewall rules under profile ${unmerged.name}, so enabling them changes nothing. Ask the owner of the policy for an inbound rule for TCP ${port}.`,
    );
  }
  const off = firewall.rules.filter((rule) => rule.group && !rule.enabled);
  const enabled = {
    ...firewall,
    rules: firewall.rules.map((rule) => (rule.group ? { ...rule, enabled: true } : rule)),
  };
  if (port !== defaultRdpPort || !letsIn(enabled, port)) {
    const why = port === defaultRdpPort ? "are missing or changed" : `open port ${defaultRdpPort} alone`;
    return refuse(
      `Remote Desktop listens on port ${port}, and Windows' own rules for it ${why}. Make an inbound rule for TCP ${port}.`,
    );
  }
  if ([...off, ...shut].some(({ managedBy }) => managedBy === "policy")) {
    return refuse(
      "Group policy keeps the Remote Desktop firewall rules off. Ask the owner of the policy to correct it.",
    );
  }
  return [{ kind: "enable-firewall-group", was: { disabled: off.map((rule) => rule.name) } }];
}

function letsIn(firewall: FirewallSection, port: number): boolean {
  return profilesWithoutAllow(firewall, port).length === 0 && blockingRules(firewall, port).length === 0;
}
