import { holdsPort } from "../../lib/core/firewall.ts";
import type { FirewallSection } from "../../lib/core/guest-evidence.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";
import type { WindowsState } from "./state.ts";

type FirewallFunctions = Pick<WindowsAdapter, "Get-FirewallFacts" | "Set-FirewallRuleEnabled" | "Set-FirewallBlockAll">;
type Rule = WindowsState["firewall"]["rules"][number];

/** The simulator shows and changes the firewall. Connections from the VM to itself never pass it. */
export function firewallFunctions(machine: Machine): FirewallFunctions {
  function local<Thing extends { name: string; managedBy: "local" | "policy" }>(things: Thing[], name: string): Thing {
    const thing = things.find((one) => one.name === name);
    if (!thing) throw new Error(`The firewall has no ${name}.`);
    if (thing.managedBy === "policy") throw new Error(`Group policy manages ${name}.`);
    return thing;
  }
  return {
    "Get-FirewallFacts": ({ Port }) => lookAt(machine.state, Port),
    "Set-FirewallRuleEnabled": ({ Name, Enabled }) => {
      local(machine.state.firewall.rules, Name).enabled = Enabled;
      return null;
    },
    "Set-FirewallBlockAll": ({ Profile, BlockAll }) => {
      local(machine.state.firewall.profiles, Profile).blockAll = BlockAll;
      return null;
    },
  };
}

const workingStartup = {
  startMode: "Auto",
  engine: { state: "Running", startMode: "Auto" },
  loopbackApps: null,
  failures: [],
} satisfies FirewallSection["startup"];

function lookAt({ firewall, registry }: WindowsState, port: number): FirewallSection {
  const { startup = workingStartup, profileUnread, ...known } = firewall;
  // Without its service the firewall answers nothing.
  if (firewall.service !== "Running") return { service: firewall.service, profiles: [], rules: [], startup };
  const { rules, leftOut } = selectRules(firewall.rules.filter((rule) => concerns(rule, port)));
  const ipsec = ipsecRules(registry);
  return {
    service: known.service,
    ...(profileUnread !== undefined && { profileUnread }),
    profiles: known.profiles.map((profile) => ({
      ...profile,
      active: profile.active && profileUnread === undefined,
      ...(isNotMerged(registry, profile.name, "AllowLocalPolicyMerge") && { localRules: false as const }),
      ...(isNotMerged(registry, profile.name, "AllowLocalIPsecPolicyMerge") && { localIpsec: false as const }),
    })),
    rules,
    ...(leftOut.allow + leftOut.block > 0 && { leftOut }),
    ...(ipsec.length > 0 && { ipsec }),
  };
}

function concerns(rule: Rule, port: number): boolean {
  return rule.group || (rule.enabled && rule.reachesListener && rule.localPorts.some((one) => holdsPort(one, port)));
}

const policies = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall";
const localRules = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy";

/** Policy keeps the profile of private networks under its old name as well. */
function isNotMerged(registry: WindowsState["registry"], profile: string, name: string): boolean {
  return [profile, ...(profile === "Private" ? ["Standard"] : [])].some((one) => {
    const value = registry[`${policies}\\${one}Profile\\${name}`];
    return value?.type === "dword" && value.data === 0;
  });
}

function ipsecRules(registry: WindowsState["registry"]): NonNullable<FirewallSection["ipsec"]> {
  return [
    { key: `${localRules}\\ConSecRules\\`, managedBy: "local" as const },
    { key: `${policies}\\ConSecRules\\`, managedBy: "policy" as const },
  ]
    .flatMap(({ key, managedBy }) =>
      Object.entries(registry)
        .filter(([path]) => path.startsWith(key))
        .map(([path, value]) => ({ id: path.slice(key.length), managedBy, text: textOf(value) })),
    )
    .filter(({ text }) => text === null || (/\|Active=TRUE\|/i.test(text) && /\|Action=Secure(Server)?\|/i.test(text)))
    .slice(0, 4);
}

function textOf(value: WindowsState["registry"][string]): string | null {
  return value.type === "string" && value.data.length <= 500 ? value.data : null;
}

const mostRules = 16;
const mostBans = 4;
const mostAddresses = 8;

/** Those that decide come first; those that block single addresses are left out first. */
function selectRules(rules: readonly Rule[]): Required<Pick<FirewallSection, "rules" | "leftOut">> {
  const isForAll = ({ remoteAddresses }: Rule) => remoteAddresses.some((one) => /^(any|\*)$/i.test(one));
  const classOf = (rule: Rule) => {
    if (!rule.enabled || !rule.reachesListener) return 1;
    if (isForAll(rule)) return 0;
    return rule.action === "Allow" ? 2 : 3;
  };
  const sorted = rules.toSorted((one, other) => classOf(one) - classOf(other));
  const bans = sorted.filter((rule) => classOf(rule) === 3);
  const first = [...sorted.filter((rule) => classOf(rule) !== 3), ...bans.slice(0, mostBans)];
  const gone = [...first.slice(mostRules), ...bans.slice(mostBans)].filter((rule) => classOf(rule) !== 1);
  const count = (action: Rule["action"]) => gone.filter((rule) => rule.action === action).length;
  return {
    rules: first.slice(0, mostRules).map((rule) => {
      const more = rule.remoteAddresses.length - mostAddresses;
      const remoteAddresses = rule.remoteAddresses.slice(0, mostAddresses);
      return { ...rule, remoteAddresses, ...(more > 0 && { addressesLeftOut: more }) };
    }),
    leftOut: { allow: count("Allow"), block: count("Block") },
  };
}
