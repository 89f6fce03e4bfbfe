import { createHash } from "node:crypto";
import { z } from "zod";
import { longestLifeMs, NetworkProposal } from "../../lib/core/network-proposal.ts";

/*
 * The pipeline's own look at what the service proposes, before anything is deployed: by the same rules, from its own
 * checkout. A service that was taken over can then propose no more than one that was not.
 */

/** What the service answers, as far as it is believed: the forms that it sends along are made anew from the proposals. */
const Answer = z.object({
  runId: z.string(),
  vm: z.string().min(1).max(512),
  proposals: z
    .array(z.object({ proposal: NetworkProposal }))
    .min(1, "nothing is proposed")
    .max(20),
});

export interface Validated {
  readonly vm: string;
  readonly proposals: readonly NetworkProposal[];
  /** Of the proposals: what was reviewed is what is deployed. */
  readonly digest: string;
}

/** The proposals of this run, or everything that is wrong with them. */
export function validateProposal(answer: unknown, runId: string, now: Date): Validated | { problems: string[] } {
  const parsed = Answer.safeParse(answer);
  if (!parsed.success) {
    return { problems: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
  }
  const proposals = parsed.data.proposals.map(({ proposal }) => proposal);
  const problems = [parsed.data, ...proposals]
    .filter((one) => one.runId !== runId)
    .map((one) => `runId: ${one.runId} is not the run that was asked for`);
  for (const { name, expiresAt } of proposals) {
    const left = Date.parse(expiresAt) - now.getTime();
    if (left <= 0) problems.push(`${name}: expired at ${expiresAt}; diagnose again for a new proposal`);
    if (left > longestLifeMs) problems.push(`${name}: would stay until ${expiresAt}, which is too long`);
  }
  if (new Set(proposals.map(({ name }) => name)).size < proposals.length) problems.push("two rules have one name");
  if (problems.length > 0) return { problems };
  const digest = createHash("sha256").update(JSON.stringify(proposals)).digest("hex");
  return { vm: parsed.data.vm, proposals, digest };
}
