import type { NetworkCrossCheck, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

/** Which rules the verdict is based on, which cross-checks confirm it, and which contradict. */
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
  const missing = notEffective ? `; Azure's effective rules are missing: ${notEffective}` : "";
  return `Based on the configured rules${missing}.`;
}

function describeSame(same: readonly NetworkCrossCheck[]): string {
  const names = same.map(({ from }) => speakers[from]).join(" and ");
  return names ? ` Confirmed by ${names}.` : "";
}

/** If the verdict is unknown, a cross-check adds information and contradicts nothing. */
function describeOther({ from, verdict: other, rule }: NetworkCrossCheck, { verdict }: NetworkVerdict): string {
  const judged = `${other}${rule ? ` (${rule})` : ""}`;
  if (verdict === "unknown") return `According to ${speakers[from]} it is ${judged}.`;
  return `But according to ${speakers[from]} it is ${judged}: a recent change of the rules may not be in effect yet.`;
}

const speakers: Record<NetworkCrossCheck["from"], string> = {
  static: "the configured rules",
  "ip-flow-verify": "Network Watcher's IP flow verify",
};
