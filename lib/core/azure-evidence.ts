import { z } from "zod";

/*
 * What Azure says about the VM and its network, cut down to what the checks need. Built by lib/azure from ARM's
 * own answers, so it is trusted in shape but kept small.
 */

/** One NSG rule with singular and plural fields merged. Prefixes and ports are kept in ARM's spelling: `*`, CIDR, tag, `a-b`. */
export const SecurityRule = z.strictObject({
  name: z.string(),
  priority: z.number().int(),
  direction: z.enum(["Inbound", "Outbound"]),
  access: z.enum(["Allow", "Deny"]),
  /** `Tcp`, `Udp`, `Icmp`, `Esp`, `Ah` or `*`. */
  protocol: z.string(),
  sources: z.array(z.string()),
  sourcePorts: z.array(z.string()),
  destinations: z.array(z.string()),
  destinationPorts: z.array(z.string()),
  /** Resource ids of application security groups, in addition to the prefixes. */
  sourceGroups: z.array(z.string()),
  destinationGroups: z.array(z.string()),
});
export type SecurityRule = z.infer<typeof SecurityRule>;

/** A network security group: its own rules and the defaults, in no particular order. */
export const SecurityGroup = z.strictObject({ id: z.string(), name: z.string(), rules: z.array(SecurityRule) });
export type SecurityGroup = z.infer<typeof SecurityGroup>;

export const IpConfiguration = z.strictObject({
  name: z.string(),
  primary: z.boolean(),
  privateAddress: z.string(),
  /** Address spaces of the virtual network that holds the subnet. */
  virtualNetworkPrefixes: z.array(z.string()),
  publicAddress: z.strictObject({ address: z.string(), sku: z.enum(["Basic", "Standard"]) }).nullable(),
  applicationSecurityGroups: z.array(z.string()),
  subnet: z.strictObject({ id: z.string(), securityGroup: SecurityGroup.nullable() }),
});
export type IpConfiguration = z.infer<typeof IpConfiguration>;

export const NetworkInterface = z.strictObject({
  id: z.string(),
  name: z.string(),
  primary: z.boolean(),
  securityGroup: SecurityGroup.nullable(),
  ipConfigurations: z.array(IpConfiguration),
});
export type NetworkInterface = z.infer<typeof NetworkInterface>;

export const AzureEvidence = z.strictObject({
  vm: z.strictObject({
    location: z.string(),
    osType: z.enum(["Windows", "Linux"]),
    /** Last word of the `PowerState/...` status, e.g. `running`; `unknown` when Azure gave none. */
    powerState: z.string(),
    /** `Succeeded`, `Updating`, `Failed`, ... */
    provisioningState: z.string(),
    /** `null`: Azure did not say. That happens to agents in good health, so it is unknown, not dead. */
    agent: z.strictObject({ status: z.string(), version: z.string() }).nullable(),
    scaleSetId: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
  }),
  /** `unreadable` when a right is missing or Azure did not answer: the network verdict is then unknown. */
  network: z.union([
    z.strictObject({ interfaces: z.array(NetworkInterface) }),
    z.strictObject({ unreadable: z.string() }),
  ]),
});
export type AzureEvidence = z.infer<typeof AzureEvidence>;
