import type { NetworkOpinion, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import type { Layout } from "./layout.ts";
import { wrap } from "./wrap.ts";

/** By which rules it was judged, who says the same, and who says otherwise. */
export function renderGrounds(verdict: NetworkVerdict, { paint, width }: Layout): string[] {
  const said = verdict.opinions.filter((opinion) => opinion.verdict !== "unknown");
  const same = said.filter((opinion) => opinion.verdict === verdict.verdict);
  const others = said.filter((opinion) => !same.includes(opinion));
  const grounds = [describeRules(verdict), ...same.map(({ from }) => `${speakers[from]} the same.`)];
  return [
    ...wrap(grounds.join(" "), width, "  ").map((line) => paint("quiet", line)),
    ...others
      .flatMap((opinion) => wrap(describeOther(opinion, verdict), width, "  "))
      .map((line) => paint("doubt", line)),
  ];
}

function describeRules({ method, notEffective }: NetworkVerdict): string {
  if (method === "effective") return "By the rules that Azure says are in effect.";
  const missing = notEffective ? `; Azure's own list of those in effect is missing: ${notEffective}` : "";
  return `By the rules as written${missing}.`;
}

/** Beside a verdict that is not known, a second opinion says more, and contradicts nothing. */
function describeOther({ from, verdict: other, rule }: NetworkOpinion, { verdict }: NetworkVerdict): string {
  const says = `${speakers[from]} ${other}${rule ? ` (${rule})` : ""}`;
  return verdict === "unknown" ? `${says}.` : `${says}, though: a change of the rules may be on its way.`;
}

const speakers: Record<NetworkOpinion["from"], string> = {
  static: "The rules as written say",
  "ip-flow-verify": "IP flow verify of Network Watcher says",
};
