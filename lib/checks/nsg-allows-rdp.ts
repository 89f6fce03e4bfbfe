import { type Check, type CheckResult, faulty, healthy, unknown } from "../core/check.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { worst } from "./_section.ts";

/**
 * Every address that the caller named must get in by some address of the VM. A tag that is denied is no fault by
 * itself: a VM that the Internet cannot reach is good practice, so that something allowed is enough.
 */
export const nsgAllowsRdp: Check = {
  id: "nsg-allows-rdp",
  title: "The network security groups let Remote Desktop in",
  run({ network }) {
    const named = [...new Set(network.map(({ source }) => source).filter((source) => !isTag(source)))];
    if (named.length === 0) return judgeVerdicts(network);
    const results = named.map((name) => judgeVerdicts(network.filter(({ source }) => source === name)));
    return worst(results) ?? healthy(results.map(({ because }) => because).join(" "));
  },
};

function isTag(source: string): boolean {
  return /^(virtualnetwork|internet)$/i.test(source.trim());
}

/** One way in is enough: which address of the VM a client uses is its own choice. */
function judgeVerdicts(verdicts: readonly NetworkVerdict[]): CheckResult {
  const find = (wanted: NetworkVerdict["verdict"]) => verdicts.find(({ verdict }) => verdict === wanted);
  const allowed = find("allowed");
  if (allowed) return healthy(allowed.because, { ...allowed.decidedBy });
  const doubtful = find("unknown");
  if (doubtful) return unknown(doubtful.because);
  const denied = find("denied");
  if (denied) return faulty(`${denied.because} ${advice(denied)}`, [], { ...denied.decidedBy });
  return unknown("Nothing about the network was judged.");
}

/** Defender for Cloud denies by rules of this name until somebody asks: intended, and not to be edited. [JIT] */
function advice({ decidedBy }: NetworkVerdict): string {
  if (decidedBy.rule?.startsWith("SecurityCenter-JITRule_")) return "Request just-in-time access to the VM.";
  return "The owner of the network must act.";
}
