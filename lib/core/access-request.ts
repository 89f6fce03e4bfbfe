import { z } from "zod";

/** Just-in-time access that a run requests from Defender for Cloud, and its result. */
export const AccessRequest = z.strictObject({
  /**
   * due: to be requested; requested: requested, and not yet visible in the network; granted: visible; refused: given
   * up.
   */
  state: z.enum(["due", "requested", "granted", "refused"]),
  /** While it is due: how many requests may have reached Azure and were not refused; absent: none. */
  sent: z.number().int().positive().optional(),
  /** Resource id of the policy that closes the port. */
  policyId: z.string(),
  port: z.number().int(),
  /** Addresses and CIDRs; never all addresses. */
  sources: z.array(z.string()).min(1),
  until: z.iso.datetime(),
  /** How often the network has been read since the request. */
  reads: z.number().int().nonnegative(),
});
export type AccessRequest = z.infer<typeof AccessRequest>;
