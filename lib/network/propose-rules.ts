import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { NetworkProposal, NotProposed } from "../core/network-proposal.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { proposeRule } from "./propose-rule.ts";

export interface ProposedRules {
  readonly proposals: NetworkProposal[];
  readonly notProposed: NotProposed[];
}

/**
 * For each source that the caller named and that no path allows: the narrowest rules that would allow it, or why there
 * are none. One path is enough, so the first one that rules can open is used. `verdicts` must come from this evidence;
 * `expiresAt` (RFC 3339) is when the rules are removed again.
 */
export function proposeRules(
  azure: AzureEvidence,
  verdicts: readonly NetworkVerdict[],
  { runId, expiresAt }: Pick<NetworkProposal, "runId" | "expiresAt">,
): ProposedRules {
  const proposals: NetworkProposal[] = [];
  const notProposed: NotProposed[] = [];
  const asked = verdicts.filter((verdict) => verdict.asked);
  for (const [source, paths] of Map.groupBy(asked, (verdict) => verdict.source)) {
    if (paths.some(({ verdict }) => verdict === "allowed")) continue;
    const answers = paths
      // A denied path gives a better reason than an unknown one.
      .toSorted((one, other) => Number(other.verdict === "denied") - Number(one.verdict === "denied"))
      .map((path) => proposeRule(azure, path, { runId, expiresAt, others: proposals }));
    const made = answers.flatMap((answer) => ("proposal" in answer ? answer.proposal : []));
    const reasons = answers.flatMap((answer) => ("because" in answer ? answer.because : []));
    if (made[0]) proposals.push(made[0]);
    else notProposed.push({ source, because: reasons[0] ?? "" });
  }
  return { proposals, notProposed };
}
