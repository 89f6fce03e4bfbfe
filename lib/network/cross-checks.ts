import { formatAddress } from "../core/address.ts";
import type { FlowCheck } from "../core/network-evidence.ts";
import type { NetworkCrossCheck } from "../core/network-verdict.ts";
import type { MergedVerdict } from "./merge-verdicts.ts";
import type { NetworkPath } from "./network-path.ts";

/**
 * Cross-checks of a verdict: the same evaluation on the configured security groups, and IP flow verify of Network
 * Watcher. The latter evaluates rules alone and ignores the ingress and routes.
 */
export function crossChecksOf(
  source: string,
  path: NetworkPath,
  { decider }: MergedVerdict,
  asWritten: MergedVerdict | null,
  flowChecks: readonly FlowCheck[],
): NetworkCrossCheck[] {
  const destination = formatAddress(path.destination);
  // It is asked for the private address.
  const byRules =
    path.floatingAddress === null &&
    !["bastion", "public-ip", "load-balancer", "return-route", "unreadable"].includes(decider.layer);
  const check = (byRules ? flowChecks : []).find(
    (one) => one.source === source && one.privateAddress === destination && one.port === path.port,
  );
  return [
    ...(asWritten ? [{ from: "static" as const, verdict: asWritten.verdict, rule: asWritten.decider.rule }] : []),
    ...(check ? [{ from: "ip-flow-verify" as const, verdict: check.verdict, rule: check.rule }] : []),
  ];
}
