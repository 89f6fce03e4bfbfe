import { z } from "zod";
import { proposedName, readDescription } from "../../lib/core/network-proposal.ts";

/** What `az network nsg list` prints, as far as it matters here. */
const Groups = z.array(
  z.object({
    securityRules: z.array(
      z
        .object({
          id: z.string().regex(/^\/subscriptions\/[^\s]+\/securityRules\/Allow-RDP-[0-9a-f]{8}(-\d{1,2})?$/i),
          name: z.string(),
          description: z.string(),
        })
        .nullable()
        .catch(null),
    ),
  }),
);

/** The rules that a run brought, or those whose time is over at a moment. */
export type Removable = { readonly runId: string } | { readonly expiredAt: Date };

/**
 * Ids of the rules to remove. A rule is ours when its name and its description say so, and name the same run; whatever
 * else looks like one is left alone. @throws ZodError for what is no list of security groups.
 */
export function removableRules(groups: unknown, which: Removable): string[] {
  return Groups.parse(groups).flatMap(({ securityRules }) =>
    securityRules.flatMap((rule) => {
      const said = rule && readDescription(rule.description);
      if (!said || !rule.name.startsWith(proposedName(said.runId))) return [];
      const due =
        "runId" in which ? said.runId === which.runId : Date.parse(said.expiresAt) <= which.expiredAt.getTime();
      return due ? [rule.id] : [];
    }),
  );
}
