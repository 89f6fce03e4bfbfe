import type { World } from "../../world.ts";
import type { WorldRule, WorldSecurityGroup } from "../../world-network.ts";
import { idOf } from "./network-resource.ts";

/*
 * Changes of rules while the sandbox runs. A group that several NICs or subnets use is described at each of them, so a
 * change is made in all of these descriptions.
 */

/** All descriptions of this group; empty when the group does not exist. */
export function groupsWithId({ vms }: World, id: string): WorldSecurityGroup[] {
  return vms.flatMap((vm) =>
    [...vm.network.nics, ...vm.network.subnets]
      .flatMap(({ securityGroup }) => securityGroup ?? [])
      .filter(({ name }) => idOf(vm, "networkSecurityGroups", name).toLowerCase() === id.toLowerCase()),
  );
}

/** Replaces the rule with the same name, or adds the rule. */
export function putRule(groups: readonly WorldSecurityGroup[], rule: WorldRule): void {
  removeRule(groups, rule.name);
  for (const group of groups) group.rules.push(rule);
}

/** Deletes a rule; `false` when it did not exist. */
export function removeRule(groups: readonly WorldSecurityGroup[], name: string): boolean {
  let found = false;
  for (const group of new Set(groups)) {
    const at = group.rules.findIndex((rule) => rule.name.toLowerCase() === name.toLowerCase());
    if (at >= 0) group.rules.splice(at, 1);
    found ||= at >= 0;
  }
  return found;
}
