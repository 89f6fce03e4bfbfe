import { z } from "zod";

/*
 * The VM's network as Azure tells it, cut down to what decides whether RDP gets in. Each part that could not be read
 * says why in its own place, so that only what leans on it becomes unknown.
 */

/** A part that could not be read, and why. The words are ours or Azure's, so not as short as those of a guest. */
const Unreadable = z.strictObject({ unreadable: z.string() });

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

/**
 * A rule of a network manager's administrator, met before any security group: `Allow` leaves the word to the groups,
 * `AlwaysAllow` delivers, `Deny` drops.
 */
export const AdminRule = SecurityRule.extend({ access: z.enum(["Allow", "AlwaysAllow", "Deny"]) });
export type AdminRule = z.infer<typeof AdminRule>;

/** A rule of a load balancer with a public front that leads TCP to this address: an inbound NAT rule, or one for its pool. */
export const Forwarding = z.strictObject({
  loadBalancer: z.string(),
  rule: z.string(),
  /** The public address in front; `null` when Azure did not tell it. */
  frontAddress: z.string().nullable(),
  /** A port, or `a-b` where each VM of a pool has one of these. */
  frontPorts: z.string(),
  backendPort: z.number().int(),
  /** A Standard load balancer admits nothing where no security group allows it. */
  sku: z.enum(["Basic", "Standard"]),
});
export type Forwarding = z.infer<typeof Forwarding>;

export const IpConfiguration = z.strictObject({
  name: z.string(),
  primary: z.boolean(),
  privateAddress: z.string(),
  /** Of the network in `virtualNetworks` that holds the subnet. */
  virtualNetworkId: z.string(),
  subnet: z.strictObject({
    id: z.string(),
    /** A route table may join addresses to the tag `VirtualNetwork` that stand nowhere else. */
    routed: z.boolean(),
    securityGroup: z.union([SecurityGroup, Unreadable]).nullable(),
  }),
  publicAddress: z
    .union([z.strictObject({ address: z.string(), sku: z.enum(["Basic", "Standard"]) }), Unreadable])
    .nullable(),
  forwardings: z.union([z.array(Forwarding), Unreadable]),
  applicationSecurityGroups: z.array(z.string()),
});
export type IpConfiguration = z.infer<typeof IpConfiguration>;

/** A group of rules as Azure has put it in effect, its tags and application security groups written out as addresses. */
export const EffectiveGroup = z.strictObject({
  /** The subnet that it stands before; `null`: the NIC itself. */
  subnetId: z.string().nullable(),
  group: SecurityGroup,
});
export type EffectiveGroup = z.infer<typeof EffectiveGroup>;

export const NetworkInterface = z.strictObject({
  id: z.string(),
  name: z.string(),
  primary: z.boolean(),
  securityGroup: z.union([SecurityGroup, Unreadable]).nullable(),
  /** `null`: not asked, because Azure lists rules only for a running VM behind a security group. */
  effective: z.union([z.array(EffectiveGroup), Unreadable]).nullable(),
  ipConfigurations: z.array(IpConfiguration),
});
export type NetworkInterface = z.infer<typeof NetworkInterface>;

/** Names what it is, and the addresses that it has. */
const NamedPrefixes = z.strictObject({ name: z.string(), prefixes: z.array(z.string()) });

export const VirtualNetwork = z.strictObject({
  id: z.string(),
  prefixes: z.array(z.string()),
  /** Networks that may send to this one. */
  peerings: z.array(NamedPrefixes),
  /** What lies behind a gateway, its own or a peer's, is told by nobody. */
  gateway: z.boolean(),
  /** Bastion hosts, with the prefixes of the subnet that they connect from. */
  bastions: z.array(NamedPrefixes),
  adminRules: z.union([z.array(AdminRule), Unreadable]),
});
export type VirtualNetwork = z.infer<typeof VirtualNetwork>;

/** What Network Watcher says about one connection. */
export const FlowCheck = z.strictObject({
  source: z.string(),
  privateAddress: z.string(),
  port: z.number().int(),
  verdict: z.enum(["allowed", "denied"]),
  rule: z.string().nullable(),
});
export type FlowCheck = z.infer<typeof FlowCheck>;

/** What just-in-time access of Defender for Cloud says about this VM: its ports are closed until somebody asks. */
export const JitPolicy = z.strictObject({
  id: z.string(),
  ports: z.array(
    z.strictObject({
      number: z.number().int(),
      protocol: z.string(),
      /** Who may be let in: `*`, addresses or CIDRs. */
      sources: z.array(z.string()),
      /** The longest that may be asked for, as an ISO 8601 duration, e.g. `PT3H`. */
      maximumDuration: z.string(),
    }),
  ),
});
export type JitPolicy = z.infer<typeof JitPolicy>;

export const NetworkEvidence = z.strictObject({
  interfaces: z.array(NetworkInterface),
  virtualNetworks: z.array(z.union([VirtualNetwork, Unreadable.extend({ id: z.string() })])),
  /** Ranges behind a gateway, as the settings name them. */
  onPremises: z.array(z.string()),
  /** `null`: no rule of just-in-time access was seen, so that its policy was not asked for. */
  jit: z.union([JitPolicy, Unreadable]).nullable(),
  flowChecks: z.array(FlowCheck),
});
export type NetworkEvidence = z.infer<typeof NetworkEvidence>;
