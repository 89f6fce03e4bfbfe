import type { NetworkEvidence } from "../core/network-evidence.ts";

/**
 * The sources to evaluate when the caller names none: the virtual network, the Internet if the VM has a public ingress,
 * the subnet of each Bastion host, and the on-premises ranges of the settings.
 */
export function defaultSources(network: NetworkEvidence | null): string[] {
  if (!network) return ["VirtualNetwork"];
  const configurations = network.interfaces.flatMap((nic) => nic.ipConfigurations);
  const isPublic = configurations.some(
    ({ publicAddress, forwardings }) => publicAddress !== null || "unreadable" in forwardings || forwardings.length > 0,
  );
  const bastions = network.virtualNetworks.flatMap((own) => ("unreadable" in own ? [] : own.bastions));
  return [
    "VirtualNetwork",
    ...(isPublic ? ["Internet"] : []),
    ...bastions.flatMap(({ prefixes }) => prefixes),
    ...network.onPremises,
  ];
}
