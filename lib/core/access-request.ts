import { z } from "zod";

/** Just-in-time access that a run asks Defender for Cloud for, and what came of it. */
export const AccessRequest = z.strictObject({
  /** due: to be asked for; requested: asked for, and not yet seen in the network; granted: seen; refused: given up. */
  state: z.enum(["due", "requested", "granted", "refused"]),
  /** Resource id of the policy that closes the port. */
  policyId: z.string(),
  port: z.number().int(),
  /** Addresses and CIDRs; never everybody. */
  sources: z.array(z.string()).min(1),
  until: z.iso.datetime(),
  /** How often the network was read since. */
  reads: z.number().int().nonnegative(),
});
export type AccessRequest = z.infer<typeof AccessRequest>;
