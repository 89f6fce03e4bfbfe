import { z } from "zod";

/**
 * How far the evidence of a run reaches on the way from a client to its desktop:
 * - `azure`: the VM and its network as Azure reports them; nothing inside Windows
 * - `windows`: Windows too, and no handshake completed
 * - `tls`: a handshake on the VM itself completed, and no client's address was judged
 * - `client`: also the network from the client's address, or a handshake from outside
 */
export const reaches = ["azure", "windows", "tls", "client"] as const;

/** What a run looked at and what it did not. No outcome claims more than this. */
export const Coverage = z.strictObject({
  reach: z.enum(reaches),
  /** Noun phrases, e.g. "the Windows firewall". */
  looked: z.array(z.string()),
  /** `next`: a sentence that says how to look at it. */
  notLooked: z.array(z.strictObject({ what: z.string(), next: z.string() })),
});
export type Coverage = z.infer<typeof Coverage>;
