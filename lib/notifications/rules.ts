import { isWithin, parseArmScope } from "../core/arm-scope.ts";
import { type Happening, severities } from "./event.ts";
import { isQuiet } from "./quiet-hours.ts";
import type { Receiver } from "./receiver.ts";

/** Whether the rules of a receiver select what happened. `subscriptions` are those in which an operation works. */
export function selects(
  receiver: Receiver,
  { name, data }: Happening,
  subscriptions: readonly string[],
  at: Date,
): boolean {
  if (!receiver.events.includes(name)) return false;
  if (severities.indexOf(data.severity) < severities.indexOf(receiver.minimumSeverity)) return false;
  if (!isInScope(receiver, data.vm, subscriptions)) return false;
  const { quietHours } = receiver;
  return quietHours?.mode !== "drop" || quietHours.urgent.includes(name) || !isQuiet(quietHours, at);
}

function isInScope(
  { scopes, vmPrefix }: Receiver,
  vm: { id: string; name: string } | null,
  subscriptions: readonly string[],
): boolean {
  const read = scopes?.flatMap((scope) => parseArmScope(scope) ?? []);
  if (vm) {
    const named = vmPrefix === undefined || vm.name.toLowerCase().startsWith(vmPrefix.toLowerCase());
    return named && (read === undefined || read.some((scope) => isWithin(vm.id, scope)));
  }
  // An operation over many VMs: who may know of single VMs alone is not told about others.
  if (vmPrefix !== undefined) return false;
  return (
    read === undefined ||
    read.some(
      ({ subscriptionId, resourceGroup }) =>
        resourceGroup === null && subscriptions.some((one) => one.toLowerCase() === subscriptionId.toLowerCase()),
    )
  );
}
