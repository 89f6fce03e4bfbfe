import type { World } from "../../world.ts";
import type { WorldRule, WorldSecurityGroup } from "../../world-network.ts";
import { idOf } from "./network-resource.ts";

/*
 * Rules that come and go while the sandbox runs. A group that several NICs or subnets name is described at each of
 * them, so a change is made at all of these.
 */

/** Every description of this group; empty when there is no such group. */
export function groupsWithId({ vms }: World, id: string): WorldSecurityGroup[] {
  return vms.flatMap((vm) =>
    [...vm.network.nics, ...vm.network.subnets]
      .flatMap(({ securityGroup }) => securityGroup ?? [])
      .filter(({ name }) => idOf(vm, "networkSecurityGroups", name).toLowerCase() === id.toLowerCase()),
  );
}

/** Puts a rule in the place of the one of its name, or beside the others. */
export function putRule(groups: readonly WorldSecurityGroup[], rule: WorldRule): void {
  removeRule(groups, rule.name);
  for (const group of groups) group.rules.push(rule);
}

/** Whether there was one. */
export function removeRule(groups: readonly WorldSecurityGroup[], name: string): boolean {
  let found = false;
  for (const group of new Set(groups)) {
    const at = group.rules.findIndex((rule) => rule.name.toLowerCase() === name.toLowerCase());
    if (at >= 0) group.rules.splice(at, 1);
    found ||= at >= 0;
  }
  return found;
}
