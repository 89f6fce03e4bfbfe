import { z } from "zod";

export const networkVerdicts = ["allowed", "denied", "unknown"] as const;

/**
 * Where on its way a packet can be decided about. `public-ip`: the public address, or that there is none. `no-nsg`: no
 * network security group stands on the way. `unreadable`: nothing could be judged.
 */
export const networkLayers = [
  "load-balancer",
  "public-ip",
  "admin-rules",
  "subnet-nsg",
  "nic-nsg",
  "no-nsg",
  "unreadable",
] as const;
export type NetworkLayer = (typeof networkLayers)[number];

/**
 * By which way a source comes: to the private address, or by a public one, a load balancer or Bastion in front of it.
 */
export const networkPathKinds = ["private", "public", "load-balancer", "bastion"] as const;
export type NetworkPathKind = (typeof networkPathKinds)[number];

/** One point on a packet's way, and what it does with the packet. */
export const NetworkHop = z.strictObject({
  layer: z.enum(networkLayers),
  /** `passed`: it has nothing to say about this packet, or leads it on. */
  verdict: z.enum([...networkVerdicts, "passed"]),
  /** Name of the network security group. */
  nsg: z.string().nullable(),
  /** Name of the rule: of the group, of the administrator, or of the load balancer. */
  rule: z.string().nullable(),
  priority: z.number().int().nullable(),
  /** A clause that follows a colon. */
  why: z.string(),
});
export type NetworkHop = z.infer<typeof NetworkHop>;

/** What another way of asking says about the same connection. */
export const NetworkCrossCheck = z.strictObject({
  from: z.enum(["static", "ip-flow-verify"]),
  verdict: z.enum(networkVerdicts),
  /** The rule that decides there, in the spelling of that way. */
  rule: z.string().nullable(),
});
export type NetworkCrossCheck = z.infer<typeof NetworkCrossCheck>;

/** Whether one source reaches the RDP port of one address of the VM by one way, and which rule decides. */
export const NetworkVerdict = z.strictObject({
  /**
   * An address or a CIDR, or the tag `VirtualNetwork` or `Internet`. For an address or a CIDR, `allowed` and `denied`
   * hold for all of it; for a tag, `allowed` means that some of it gets in.
   */
  source: z.string(),
  /** Whether the caller named this source; the others are judged by themselves. */
  asked: z.boolean(),
  /** Private address of the VM and the port that were judged, e.g. `10.0.0.4:3389`. */
  destination: z.string(),
  path: z.enum(networkPathKinds),
  verdict: z.enum(networkVerdicts),
  decidedBy: z.strictObject({
    layer: z.enum(networkLayers),
    /** Name and ARM id of the network security group. */
    nsg: z.string().nullable(),
    nsgId: z.string().nullable(),
    rule: z.string().nullable(),
    priority: z.number().int().nullable(),
  }),
  /** In the order in which a packet meets them, up to the one that denies it. */
  trace: z.array(NetworkHop),
  /** From Azure's own list of the rules in effect, or from the security groups as they are written. */
  method: z.enum(["effective", "static"]),
  /** Why it is not by Azure's own list although that was asked for; `null`: it is, or was not asked for. */
  notEffective: z.string().nullable(),
  crossChecks: z.array(NetworkCrossCheck),
  /** One English sentence that names the deciding rule and its layer. */
  because: z.string(),
});
export type NetworkVerdict = z.infer<typeof NetworkVerdict>;
