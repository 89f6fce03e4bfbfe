import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { NetworkProposal, NotProposed } from "../core/network-proposal.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { proposeOne } from "./propose-one.ts";

export interface Proposed {
  readonly proposals: NetworkProposal[];
  readonly notProposed: NotProposed[];
}

/**
 * For each source that the caller named and that no way lets in: the narrowest rules that would, or why there are
 * none. One way in is enough, so the first that rules can open is taken. `verdicts` are of this very evidence;
 * `expiresAt` (RFC 3339) is when the rules are to be removed again.
 */
export function propose(
  azure: AzureEvidence,
  verdicts: readonly NetworkVerdict[],
  { runId, expiresAt }: Pick<NetworkProposal, "runId" | "expiresAt">,
): Proposed {
  const proposals: NetworkProposal[] = [];
  const notProposed: NotProposed[] = [];
  const asked = verdicts.filter((verdict) => verdict.asked);
  for (const [source, ways] of Map.groupBy(asked, (verdict) => verdict.source)) {
    if (ways.some(({ verdict }) => verdict === "allowed")) continue;
    const answers = ways
      // What nobody knows to be denied is no reason as long as there is another.
      .toSorted((one, other) => Number(other.verdict === "denied") - Number(one.verdict === "denied"))
      .map((way) => proposeOne(azure, way, { runId, expiresAt, others: proposals }));
    const made = answers.flatMap((answer) => ("proposal" in answer ? answer.proposal : []));
    const reasons = answers.flatMap((answer) => ("because" in answer ? answer.because : []));
    if (made[0]) proposals.push(made[0]);
    else notProposed.push({ source, because: reasons[0] ?? "" });
  }
  return { proposals, notProposed };
}
