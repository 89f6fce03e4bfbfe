import type { NetworkCrossCheck, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

/** By which rules it was judged, who says the same, and who says otherwise. */
export function renderGrounds(verdict: NetworkVerdict, { paint, width }: Layout): string[] {
  const said = verdict.crossChecks.filter((crossCheck) => crossCheck.verdict !== "unknown");
  const same = said.filter((crossCheck) => crossCheck.verdict === verdict.verdict);
  const others = said.filter((crossCheck) => !same.includes(crossCheck));
  return [
    ...wrapText(`${describeRules(verdict)}${describeSame(same)}`, width, "  ").map((line) => paint("quiet", line)),
    ...others
      .flatMap((crossCheck) => wrapText(describeOther(crossCheck, verdict), width, "  "))
      .map((line) => paint("doubt", line)),
  ];
}

function describeRules({ method, notEffective }: NetworkVerdict): string {
  if (method === "effective") return "Based on Azure's effective rules.";
  const missing = notEffective ? `; Azure's own list of those in effect is missing: ${notEffective}` : "";
  return `Based on the configured rules${missing}.`;
}

function describeSame(same: readonly NetworkCrossCheck[]): string {
  const names = same.map(({ from }) => speakers[from]).join(" and ");
  return names ? ` It is the same by ${names}.` : "";
}

/** Beside a verdict that is not known, a cross-check says more, and contradicts nothing. */
function describeOther({ from, verdict: other, rule }: NetworkCrossCheck, { verdict }: NetworkVerdict): string {
  const judged = `${other}${rule ? ` (${rule})` : ""}`;
  if (verdict === "unknown") return `By ${speakers[from]} it is ${judged}.`;
  return `But by ${speakers[from]} it is ${judged}: a change of the rules may be on its way.`;
}

const speakers: Record<NetworkCrossCheck["from"], string> = {
  static: "the rules as written",
  "ip-flow-verify": "Network Watcher's IP flow verify",
};
