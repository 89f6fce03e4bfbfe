import { type Check, faulty, healthy, notApplicable } from "../core/check.ts";
import type { NetworkCrossCheck, NetworkVerdict } from "../core/network-verdict.ts";

/**
 * Azure's own answers and the evaluation of the rules as they are written say the same about every source. Where they do not,
 * a rule that was changed has not reached the VM yet, or somebody is wrong about what it means: either way the
 * network verdict is not to be relied on. What one of them does not know is no disagreement.
 */
export const networkVerdictsAgree: Check = {
  id: "network-verdicts-agree",
  title: "Azure's own answers confirm the network verdict",
  needsGuest: false,
  run({ network }) {
    const compared = network.flatMap((verdict) =>
      verdict.verdict === "unknown"
        ? []
        : verdict.crossChecks
            .filter((crossCheck) => crossCheck.verdict !== "unknown")
            .map((crossCheck) => ({ verdict, crossCheck })),
    );
    const odd = compared.find(({ verdict, crossCheck }) => crossCheck.verdict !== verdict.verdict);
    if (odd) return faulty(disagreement(odd.verdict, odd.crossCheck), []);
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
  return `${verdict.because} But ${speakers[from]} ${other}${by}. Wait until a change of the rules has reached the VM, and diagnose again; if it stays, ask the owner of the network.`;
}
