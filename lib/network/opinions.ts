import type { FlowCheck } from "../core/network-evidence.ts";
import type { NetworkOpinion } from "../core/network-verdict.ts";
import { formatAddress } from "./address.ts";
import type { Fused } from "./fuse-samples.ts";
import type { Way } from "./way.ts";

/**
 * What other ways of asking say about the same connection: the groups as they are written, and Network Watcher. The
 * latter knows rules alone, and nothing of what stands in front of them.
 */
export function opinionsOn(
  source: string,
  way: Way,
  { decider }: Fused,
  asWritten: Fused | null,
  flowChecks: readonly FlowCheck[],
): NetworkOpinion[] {
  const destination = formatAddress(way.destination);
  const byRules = decider.layer !== "public-ip" && decider.layer !== "load-balancer" && decider.layer !== "unreadable";
  const check = (byRules ? flowChecks : []).find(
    (one) => one.source === source && one.privateAddress === destination && one.port === way.port,
  );
  return [
    ...(asWritten ? [{ from: "static" as const, verdict: asWritten.verdict, rule: asWritten.decider.rule }] : []),
    ...(check ? [{ from: "ip-flow-verify" as const, verdict: check.verdict, rule: check.rule }] : []),
  ];
}
