import { expect, test } from "vitest";
import { networkVerdictsAgree } from "../../lib/checks/network-verdicts-agree.ts";
import type { NetworkCrossCheck, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";

type Word = NetworkVerdict["verdict"];

function judgedWith(...found: [verdict: Word, ...crossChecks: NetworkCrossCheck[]][]) {
  const evidence = healthyEvidence();
  const [base] = evidence.network;
  if (!base) throw new Error("The fixture has a verdict.");
  const network = found.map(([verdict, ...crossChecks]) => ({ ...base, verdict, crossChecks }));
  return networkVerdictsAgree.run({ ...evidence, guest: null, network });
}

const says = (verdict: Word, from: NetworkCrossCheck["from"] = "static"): NetworkCrossCheck => ({
  from,
  verdict,
  rule: "securityRules/deny-rdp",
});

test.each<[string, [Word, ...NetworkCrossCheck[]][], string]>([
  ["nothing to compare with", [["allowed"], ["denied"]], "not-applicable"],
  [
    "the same",
    [
      ["allowed", says("allowed")],
      ["denied", says("denied", "ip-flow-verify")],
    ],
    "healthy",
  ],
  ["another verdict", [["allowed", says("allowed"), says("denied", "ip-flow-verify")]], "faulty"],
  [
    "another verdict on one of several",
    [
      ["allowed", says("allowed")],
      ["denied", says("allowed")],
    ],
    "faulty",
  ],
  ["a cross-check that does not know", [["allowed", says("unknown")]], "not-applicable"],
  ["a verdict that does not know", [["unknown", says("allowed")]], "not-applicable"],
])("%s: %3$s", (_, found, verdict) => {
  expect(judgedWith(...found)).toMatchObject({ verdict });
});

test("who says what, by which rule, and what to do", () => {
  const { because } = judgedWith(["allowed", says("denied", "ip-flow-verify")]);
  expect(because).toContain("IP flow verify of Network Watcher says denied (rule securityRules/deny-rdp)");
  expect(because).toContain("diagnose again");
});
