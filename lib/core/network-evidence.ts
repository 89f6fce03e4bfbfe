import { z } from "zod";

/*
 * The VM's network as Azure reports it, limited to what decides whether RDP gets in. Each part that could not be read
 * holds its own reason, so that only what depends on it becomes unknown.
 */

/** A part that could not be read, and why. The text is ours or Azure's, so it may be longer than a guest's. */
const Unreadable = z.strictObject({ unreadable: z.string() });

/** One NSG rule with singular and plural fields merged. Prefixes and ports are kept in ARM's spelling: `*`, CIDR, tag, `a-b`. */
export const SecurityRule = z.strictObject({
  name: z.string(),
  priority: z.number().int(),
  direction: z.enum(["Inbound", "Outbound"]),
  /** `Unknown`: a word that this version does not know, so where the rule applies the verdict is unknown. */
  access: z.enum(["Allow", "Deny", "Unknown"]),
  /** `Tcp`, `Udp`, `Icmp`, `Esp`, `Ah` or `*`; another word may or may not include TCP. */
  protocol: z.string(),
  sources: z.array(z.string()),
  sourcePorts: z.array(z.string()),
  destinations: z.array(z.string()),
  destinationPorts: z.array(z.string()),
  /** Resource ids of application security groups, in addition to the prefixes. */
  sourceGroups: z.array(z.string()),
  destinationGroups: z.array(z.string()),
  /** When the rule must be removed (RFC 3339), as its description says; absent for a rule that no run proposed. */
  expiresAt: z.iso.datetime().optional(),
});
export type SecurityRule = z.infer<typeof SecurityRule>;

/** A network security group: its own rules and the defaults, in no particular order. */
export const SecurityGroup = z.strictObject({ id: z.string(), name: z.string(), rules: z.array(SecurityRule) });
export type SecurityGroup = z.infer<typeof SecurityGroup>;

/**
 * A security admin rule of a network manager. It is evaluated before any security group: `Allow` passes the packet on
 * to the groups, `AlwaysAllow` delivers it, `Deny` drops it.
 */
export const AdminRule = SecurityRule.extend({ access: z.enum(["Allow", "AlwaysAllow", "Deny"]) });
export type AdminRule = z.infer<typeof AdminRule>;

/**
 * A rule of a load balancer with a public frontend that forwards TCP to this address: an inbound NAT rule, or a rule
 * for its pool.
 */
export const Forwarding = z.strictObject({
  loadBalancer: z.string(),
  rule: z.string(),
  /** The public frontend address; `null` when Azure did not report it. */
  frontAddress: z.string().nullable(),
  /** A port, or `a-b` where each VM of a pool has one port of the range. */
  frontPorts: z.string(),
  backendPort: z.number().int(),
  /** By which the load balancer finds out whether to forward; absent for a NAT rule, and in runs of earlier versions. */
  probe: z.strictObject({ name: z.string(), protocol: z.string(), port: z.number().int() }).optional(),
  /**
   * The packet keeps the address of the frontend, which Windows must have on an adapter; absent: off, and in runs of
   * earlier versions. [LBF]
   */
  floatingIp: z.literal(true).optional(),
  /** A Standard load balancer forwards nothing that no security group allows. */
  sku: z.enum(["Basic", "Standard"]),
});
export type Forwarding = z.infer<typeof Forwarding>;

/** One route, with ARM's words for its next hop: `Internet`, `VnetLocal`, `VirtualAppliance`, `None`, ... */
export const Route = z.strictObject({
  /** `null`: a route of Azure itself. */
  name: z.string().nullable(),
  /** CIDRs, or service tags. */
  prefixes: z.array(z.string()),
  nextHop: z.string(),
  nextHopAddress: z.string().nullable(),
  /** `User`: of a route table; it precedes one that a gateway has learned, which precedes one of Azure. */
  source: z.enum(["User", "VirtualNetworkGateway", "Default"]),
});
export type Route = z.infer<typeof Route>;

/** A route table of a subnet: the routes that somebody made, without those of Azure. */
export const RouteTable = z.strictObject({ name: z.string(), routes: z.array(Route) });
export type RouteTable = z.infer<typeof RouteTable>;

export const IpConfiguration = z.strictObject({
  name: z.string(),
  primary: z.boolean(),
  privateAddress: z.string(),
  /** The id of the network in `virtualNetworks` that contains the subnet. */
  virtualNetworkId: z.string(),
  subnet: z.strictObject({
    id: z.string(),
    /** Absent in runs of earlier versions; empty when the virtual network could not be read. */
    prefixes: z.array(z.string()).optional(),
    /** A route table may add addresses to the tag `VirtualNetwork` that appear nowhere else. */
    routed: z.boolean(),
    /** `null`: none. Absent in runs of earlier versions, and when the virtual network could not be read. */
    routeTable: z.union([RouteTable, Unreadable]).nullable().optional(),
    securityGroup: z.union([SecurityGroup, Unreadable]).nullable(),
  }),
  publicAddress: z
    .union([z.strictObject({ address: z.string(), sku: z.enum(["Basic", "Standard"]) }), Unreadable])
    .nullable(),
  forwardings: z.union([z.array(Forwarding), Unreadable]),
  applicationSecurityGroups: z.array(z.string()),
});
export type IpConfiguration = z.infer<typeof IpConfiguration>;

/**
 * Effective rules of one group, as Azure applies them: its tags and application security groups are expanded to
 * addresses.
 */
export const EffectiveGroup = z.strictObject({
  /** The subnet that the group is attached to; `null`: the NIC itself. */
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
  /**
   * The routes in effect; `null`: not asked, because Azure lists them only for a running VM, and without a route table or
   * a gateway nothing but Azure's own routes is there. Absent in runs of earlier versions.
   */
  routes: z
    .union([z.array(Route), Unreadable])
    .nullable()
    .optional(),
  ipConfigurations: z.array(IpConfiguration),
});
export type NetworkInterface = z.infer<typeof NetworkInterface>;

/** A name and its address prefixes. */
const NamedPrefixes = z.strictObject({ name: z.string(), prefixes: z.array(z.string()) });

/** A Bastion host in the virtual network. */
export const Bastion = NamedPrefixes.extend({
  /** That of its subnet; `null`: none. Absent in runs of earlier versions. */
  securityGroup: z.union([SecurityGroup, Unreadable]).nullable().optional(),
  /** The host itself; absent in runs of earlier versions. */
  host: z
    .union([
      z.strictObject({
        /** `Basic`, `Standard`, `Premium`; `null`: Azure did not say. */
        sku: z.string().nullable(),
        /** `Succeeded`, `Updating`, `Failed`, ... */
        provisioningState: z.string(),
        /** Without one, as a private-only Bastion, people come to it by a private network. */
        hasPublicAddress: z.boolean(),
      }),
      Unreadable,
    ])
    .optional(),
});
export type Bastion = z.infer<typeof Bastion>;

export const VirtualNetwork = z.strictObject({
  id: z.string(),
  prefixes: z.array(z.string()),
  /** Peered networks that may send to this one. */
  peerings: z.array(NamedPrefixes),
  /** Azure does not report the ranges behind a gateway, its own or a peer's. */
  gateway: z.boolean(),
  /** With the prefixes of the subnet that they connect from. */
  bastions: z.array(Bastion),
  adminRules: z.union([z.array(AdminRule), Unreadable]),
});
export type VirtualNetwork = z.infer<typeof VirtualNetwork>;

/** Network Watcher's result for one connection. */
export const FlowCheck = z.strictObject({
  source: z.string(),
  privateAddress: z.string(),
  port: z.number().int(),
  verdict: z.enum(["allowed", "denied"]),
  rule: z.string().nullable(),
});
export type FlowCheck = z.infer<typeof FlowCheck>;

/** What just-in-time access of Defender for Cloud says about this VM: its ports are closed until access is requested. */
export const JitPolicy = z.strictObject({
  id: z.string(),
  ports: z.array(
    z.strictObject({
      number: z.number().int(),
      protocol: z.string(),
      /** Who may be let in: `*`, addresses or CIDRs. */
      sources: z.array(z.string()),
      /** The longest duration that may be requested, in ISO 8601, e.g. `PT3H`. */
      maximumDuration: z.string(),
    }),
  ),
  /** The requests for this VM, also those that are over; absent in runs of earlier versions. `endsAt` is RFC 3339. */
  grants: z.array(z.strictObject({ port: z.number().int(), endsAt: z.iso.datetime() })).optional(),
});
export type JitPolicy = z.infer<typeof JitPolicy>;

export const NetworkEvidence = z.strictObject({
  interfaces: z.array(NetworkInterface),
  virtualNetworks: z.array(z.union([VirtualNetwork, Unreadable.extend({ id: z.string() })])),
  /** Ranges behind a gateway, as the settings name them. */
  onPremises: z.array(z.string()),
  /** `null`: no just-in-time rule was seen, or the machine can have none, so the policy was not read. */
  jit: z.union([JitPolicy, Unreadable]).nullable(),
  flowChecks: z.array(FlowCheck),
  /** Why Network Watcher verified not all flows, or none. Absent when it did, and in runs of earlier versions. */
  flowsUnverified: z.string().optional(),
});
export type NetworkEvidence = z.infer<typeof NetworkEvidence>;
