import { traitsOfEvidence } from "../core/azure-evidence.ts";
import { type Check, faulty, healthy, notApplicable } from "../core/check.ts";
import type { NetworkCrossCheck, NetworkVerdict } from "../core/network-verdict.ts";

/**
 * Azure's own results and the evaluation of the configured rules agree about every source. When they disagree, a
 * changed rule has not reached the VM yet, or one of the evaluations is wrong: in both cases the network verdict is
 * unreliable. A result that is unknown is no disagreement.
 */
export const networkVerdictsAgree: Check = {
  id: "network-verdicts-agree",
  title: "Azure's own answers confirm the network verdict",
  needsGuest: false,
  run({ network, azure }) {
    const compared = network.flatMap((verdict) =>
      verdict.verdict === "unknown"
        ? []
        : verdict.crossChecks
            .filter((crossCheck) => crossCheck.verdict !== "unknown")
            .map((crossCheck) => ({ verdict, crossCheck })),
    );
    const odd = compared.find(({ verdict, crossCheck }) => crossCheck.verdict !== verdict.verdict);
    if (odd) return faulty(disagreement(odd.verdict, odd.crossCheck), []);
    const { hasCrossChecks, noun } = traitsOfEvidence(azure);
    if (!hasCrossChecks)
      return notApplicable(`Azure does not say what is in effect at the network interface of ${noun}.`);
    if (compared.length === 0) return notApplicable("Azure was not asked, or gave no answer to compare with.");
    const sources = [...new Set(compared.map(({ verdict }) => verdict.source))];
    return healthy(`Azure's own answers confirm what the rules say about ${sources.join(", ")}.`);
  },
};

const speakers = {
  static: "the rules as they are written say",
  "ip-flow-verify": "IP flow verify of Network Watcher says",
};

function disagreement(verdict: NetworkVerdict, { from, verdict: other, rule }: NetworkCrossCheck): string {
  const by = rule ? ` (rule ${rule})` : "";
  return `${verdict.because} But ${speakers[from]} ${other}${by}. Wait until a change of the rules has reached the VM, and diagnose again; if they still differ, ask the network owner.`;
}
