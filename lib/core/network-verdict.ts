import { z } from "zod";

export const networkVerdicts = ["allowed", "denied", "unknown"] as const;

/**
 * The layer that decides about a packet. `bastion`: the Bastion host, or the security group of its subnet. `public-ip`: the
 * public address, or its absence. `no-nsg`: no network security group is on the path. `return-route`: the route by which answers leave. `unreadable`: nothing could be evaluated.
 */
export const networkLayers = [
  "bastion",
  "load-balancer",
  "public-ip",
  "admin-rules",
  "subnet-nsg",
  "nic-nsg",
  "no-nsg",
  "return-route",
  "unreadable",
] as const;
export type NetworkLayer = (typeof networkLayers)[number];

/** How a source reaches the VM: by its private address, a public address, a load balancer or Bastion. */
export const networkPathKinds = ["private", "public", "load-balancer", "bastion"] as const;
export type NetworkPathKind = (typeof networkPathKinds)[number];

/** One hop on a packet's path, and what it does with the packet. */
export const NetworkHop = z.strictObject({
  layer: z.enum(networkLayers),
  /** `passed`: the hop has no rule for this packet, or forwards it. */
  verdict: z.enum([...networkVerdicts, "passed"]),
  /** Name of the network security group. */
  nsg: z.string().nullable(),
  /** Name of the rule of the group, the administrator or the load balancer. */
  rule: z.string().nullable(),
  priority: z.number().int().nullable(),
  /** A clause that can follow a colon. */
  why: z.string(),
});
export type NetworkHop = z.infer<typeof NetworkHop>;

/** The result of another source of information about the same connection. */
export const NetworkCrossCheck = z.strictObject({
  from: z.enum(["static", "ip-flow-verify"]),
  verdict: z.enum(networkVerdicts),
  /** The rule that decides there, in that source's spelling. */
  rule: z.string().nullable(),
});
export type NetworkCrossCheck = z.infer<typeof NetworkCrossCheck>;

/** Whether one source reaches the RDP port of one address of the VM by one path, and which rule decides. */
export const NetworkVerdict = z.strictObject({
  /**
   * An address or a CIDR, or the tag `VirtualNetwork` or `Internet`. For an address or a CIDR, `allowed` and `denied`
   * hold for all of it; for a tag, `allowed` means that some of it gets in.
   */
  source: z.string(),
  /** Whether the caller named this source; the service adds the others. */
  asked: z.boolean(),
  /** The evaluated private address and port of the VM, e.g. `10.0.0.4:3389`. */
  destination: z.string(),
  path: z.enum(networkPathKinds),
  verdict: z.enum(networkVerdicts),
  /** The part of the source's addresses that gets in, 0 to 1; runs of earlier versions lack it. */
  share: z.number().min(0).max(1).optional(),
  decidedBy: z.strictObject({
    layer: z.enum(networkLayers),
    /** Name and ARM id of the network security group. */
    nsg: z.string().nullable(),
    nsgId: z.string().nullable(),
    rule: z.string().nullable(),
    priority: z.number().int().nullable(),
  }),
  /** In the order of the packet's path, up to the hop that denies it. */
  trace: z.array(NetworkHop),
  /** `effective`: by Azure's effective rules; `static`: by the security groups as they are configured. */
  method: z.enum(["effective", "static"]),
  /** Why Azure's effective rules were requested but not used; `null`: they were used, or were not requested. */
  notEffective: z.string().nullable(),
  crossChecks: z.array(NetworkCrossCheck),
  /** One English sentence that names the deciding rule and its layer. */
  because: z.string(),
});
export type NetworkVerdict = z.infer<typeof NetworkVerdict>;
