import { holdsPort } from "../../lib/core/firewall.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";

type FirewallFunctions = Pick<WindowsAdapter, "Get-FirewallFacts" | "Set-FirewallRuleEnabled" | "Set-FirewallBlockAll">;

/** The simulator shows and changes the firewall. Connections from the VM to itself never pass it. */
export function firewallFunctions(machine: Machine): FirewallFunctions {
  function local<Thing extends { name: string; managedBy: "local" | "policy" }>(things: Thing[], name: string): Thing {
    const thing = things.find((one) => one.name === name);
    if (!thing) throw new Error(`The firewall has no ${name}.`);
    if (thing.managedBy === "policy") throw new Error(`Group policy manages ${name}.`);
    return thing;
  }
  return {
    "Get-FirewallFacts": ({ Port }) => {
      const { firewall } = machine.state;
      const rules = firewall.rules.filter(
        (rule) => rule.group || (rule.reachesListener && rule.localPorts.some((ports) => holdsPort(ports, Port))),
      );
      return { ...firewall, rules };
    },
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
