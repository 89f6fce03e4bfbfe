import { z } from "zod";

/** Whether one source reaches the RDP port of one address of the VM, and which rule decided. */
export const NetworkVerdict = z.strictObject({
  /** As asked: an address, a CIDR, or the tag `VirtualNetwork` or `Internet`. */
  source: z.string(),
  /** Private address of the VM and the port that were judged. */
  destination: z.string(),
  verdict: z.enum(["allowed", "denied", "unknown"]),
  decidedBy: z.strictObject({
    layer: z.enum(["subnet-nsg", "nic-nsg", "public-ip", "no-nsg", "unreadable"]),
    group: z.string().nullable(),
    rule: z.string().nullable(),
    priority: z.number().int().nullable(),
  }),
  /** One English sentence that names the deciding rule and its layer. */
  because: z.string(),
});
export type NetworkVerdict = z.infer<typeof NetworkVerdict>;
