import type { AzureEvidence } from "../core/azure-evidence.ts";
import { type Check, type CheckResult, faulty, healthy, unknown } from "../core/check.ts";
import { isJitDeny } from "../core/jit.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { worst } from "./_section.ts";

/**
 * Every source that the caller named must reach some address of the VM. When none was named, one allowed path is
 * enough: a VM that the Internet cannot reach is good practice. But a Bastion host must reach a VM that has no other
 * access, because that is its purpose.
 */
export const nsgAllowsRdp: Check = {
  id: "nsg-allows-rdp",
  title: "The network security groups let Remote Desktop in",
  needsGuest: false,
  run({ network, azure }) {
    const named = [...new Set(network.filter(isNamed).map(({ source }) => source))];
    if (named.length === 0) return judgeVerdicts(entriesOf(network), azure);
    const results = named.map((name) =>
      judgeVerdicts(
        network.filter(({ source }) => source === name),
        azure,
      ),
    );
    return worst(results) ?? healthy(results.map(({ because }) => because).join(" "));
  },
};

function isNamed({ source, asked }: NetworkVerdict): boolean {
  return asked && !isTag(source);
}

function isTag(source: string): boolean {
  return /^(virtualnetwork|internet)$/i.test(source.trim());
}

/** The verdicts that count as access. With a Bastion host, access from the virtual network does not count by itself. */
function entriesOf(network: readonly NetworkVerdict[]): readonly NetworkVerdict[] {
  const beside = network.filter(({ source }) => !/^virtualnetwork$/i.test(source.trim()));
  return network.some(({ path, asked }) => path === "bastion" && !asked) ? beside : network;
}

/** One reachable path is enough: the client chooses which address of the VM it uses. */
function judgeVerdicts(verdicts: readonly NetworkVerdict[], azure: AzureEvidence): CheckResult {
  const find = (wanted: NetworkVerdict["verdict"]) => verdicts.find(({ verdict }) => verdict === wanted);
  const allowed = find("allowed");
  if (allowed) return healthy(allowed.because, { ...allowed.decidedBy });
  const doubtful = find("unknown");
  if (doubtful) return unknown(doubtful.because);
  const denied = find("denied");
  if (denied) return faulty(`${denied.because} ${advice(denied, azure)}`, [], { ...denied.decidedBy });
  return unknown("Nothing about the network was judged.");
}

function advice({ decidedBy }: NetworkVerdict, azure: AzureEvidence): string {
  if (isJitDeny(decidedBy.rule)) return jitAdvice(azure);
  if (decidedBy.layer === "admin-rules")
    return "Only the administrator of the virtual network manager can change that.";
  return "The owner of the network must act.";
}

/** Advice for a port that just-in-time access closes: request access. */
function jitAdvice({ network }: AzureEvidence): string {
  const jit = "unreadable" in network ? null : network.jit;
  if (!jit || "unreadable" in jit) return "Request just-in-time access to the VM.";
  const longest = jit.ports.map(({ number, maximumDuration }) => `port ${number} for at most ${maximumDuration}`);
  return `Request just-in-time access to the VM: its policy opens ${longest.join(", ")}.`;
}
