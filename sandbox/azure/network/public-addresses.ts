import type { WorldVm } from "../../world.ts";
import { type NetworkResource, networkResource } from "./network-resource.ts";

export function publicAddressOf(
  vm: WorldVm,
  name: string,
  ipAddress: string,
  configurationId: string,
): NetworkResource {
  const properties = {
    ipAddress,
    publicIPAddressVersion: versionOf(ipAddress),
    publicIPAllocationMethod: "Static",
    idleTimeoutInMinutes: 4,
    ipConfiguration: { id: configurationId },
  };
  return networkResource(vm, "publicIPAddresses", name, properties, { sku: { name: "Standard", tier: "Regional" } });
}

export function versionOf(address: string): string {
  return address.includes(":") ? "IPv6" : "IPv4";
}
