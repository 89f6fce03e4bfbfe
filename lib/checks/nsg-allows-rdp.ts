import { type AccessPath, accessPathsOf, tellingVerdict } from "../core/access-paths.ts";
import { type AzureEvidence, traitsOfEvidence } from "../core/azure-evidence.ts";
import { type Check, type CheckResult, faulty, healthy, notApplicable, noted, unknown } from "../core/check.ts";
import { isJitDeny } from "../core/jit.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { brief, fitting, longestBecause, worstResult } from "./_section.ts";

/**
 * Every address that the caller named must reach some address of the VM. When none was named, the paths for people
 * count: the Internet where the VM has a public ingress, a Bastion host, the ranges of the settings, and the virtual
 * network where a peering, a gateway or a rule for certain ports shows that people come from there. One of them is
 * enough, and the sentence tells who gets in and who does not. Where nothing shows a path for people, e.g. at a private
 * VM, access from the virtual network is enough.
 */
export const nsgAllowsRdp: Check = {
  id: "nsg-allows-rdp",
  title: "The network lets Remote Desktop in",
  needsGuest: false,
  run({ network, azure }) {
    if ("outside" in azure.network) return notApplicable(azure.network.outside);
    const paths = accessPathsOf({ network, azure });
    const named = paths.filter(({ kind }) => kind === "named");
    if (named.length === 0) return judgeDefaults(paths, azure);
    const results = named.map((path) => judgeNamed(path, azure));
    return worstResult(results) ?? healthy(results.map(({ because }) => because).join(" "));
  },
};

function judgeNamed(path: AccessPath, azure: AzureEvidence): CheckResult {
  const verdict = tellingVerdict(path);
  switch (verdict?.verdict) {
    case "allowed":
      return healthy(verdict.because, { ...verdict.decidedBy });
    case "denied":
      return faulty(fitting(verdict.because, advice(verdict, azure)), [], { ...verdict.decidedBy });
    default:
      return verdict ? doubt(verdict) : unknown("The network was not evaluated.");
  }
}

function judgeDefaults(paths: readonly AccessPath[], azure: AzureEvidence): CheckResult {
  const shown = paths.filter(({ shownBy }) => shownBy !== null);
  const counted = shown.length > 0 ? shown : paths;
  const open = counted.filter(({ verdict }) => verdict === "allowed");
  const [telling] = (open.length > 0 ? open : counted).flatMap((path) => tellingVerdict(path) ?? []);
  if (!telling) return unknown("The network was not evaluated.");
  if (open.length > 0) return judgeOpen(open, counted, telling);
  const doubtful = counted.filter(({ verdict }) => verdict === "unknown");
  const [first] = doubtful.flatMap((path) => tellingVerdict(path) ?? []);
  if (first) return doubt(first);
  const denials = counted.flatMap((path) => tellingVerdict(path) ?? []);
  const decisive = denials.find(({ decidedBy }) => isJitDeny(decidedBy.rule)) ?? telling;
  return faulty(fitting(sentences(counted), advice(decisive, azure), noOtherPath(paths, counted)), [], {
    ...decisive.decidedBy,
  });
}

/** More than half of the Internet's addresses, so that a list of banned addresses makes no difference. */
const openShare = 0.5;

/** Somebody gets in. A port that is open to the Internet is noted, and so is a path for people that is shut. */
function judgeOpen(open: readonly AccessPath[], counted: readonly AccessPath[], telling: NetworkVerdict): CheckResult {
  const shut = counted.filter(({ verdict }) => verdict !== "allowed");
  const told = sentences([...open, ...shut]);
  const wide = open
    .filter(({ kind }) => kind === "internet")
    .flatMap(({ verdicts }) =>
      verdicts.filter(({ verdict, share }) => verdict === "allowed" && (share ?? 0) > openShare),
    );
  if (wide[0]) {
    return noted(
      fitting(
        told,
        "The port is open to the Internet, where anyone can try passwords: allow the addresses of your clients alone, use Azure Bastion, or just-in-time access.",
      ),
      { ...wide[0].decidedBy },
    );
  }
  const missing =
    shut.length > 0 ? "Name an address that should get in as a source (--from) to have it evaluated." : "";
  const result = shut.some(({ kind }) => kind === "bastion") ? noted : healthy;
  return result(fitting(told, missing), { ...telling.decidedBy });
}

function sentences(paths: readonly AccessPath[]): string {
  return paths.flatMap((path) => tellingVerdict(path)?.because ?? []).join(" ");
}

/** A doubt whose reason may be a whole message of Azure, with commands: `why` has it in full. */
function doubt({ because }: NetworkVerdict): CheckResult {
  if (because.length <= longestBecause) return unknown(because);
  const [what = "", ...reasons] = because.split(": ");
  return {
    ...unknown(`${what}: ${brief(reasons.join(": "))} Its whole text is in the evidence.`),
    evidence: { why: because },
  };
}

/** Why a denial counts although other machines get in, and what would prove the contrary. */
function noOtherPath(paths: readonly AccessPath[], counted: readonly AccessPath[]): string {
  const besides = paths.filter((path) => path.verdict === "allowed" && !counted.includes(path));
  if (besides.length === 0) return "";
  const inside = besides.map(({ source }) => source).join(", ");
  return `It can be reached from ${inside}, but no Bastion host, peering, gateway or rule shows that people connect from there. Name the client's address with --from.`;
}

function advice({ decidedBy }: NetworkVerdict, azure: AzureEvidence): string {
  if (isJitDeny(decidedBy.rule)) return jitAdvice(azure);
  if (decidedBy.layer === "bastion") return "Correct the Bastion host, or the group of its subnet.";
  if (decidedBy.layer === "admin-rules")
    return "Only the administrator of the virtual network manager can change that.";
  if (decidedBy.layer === "return-route")
    return "Enter through the appliance or gateway that has the route or by Azure Bastion, or route the clients' addresses to Internet.";
  return "The network owner must act.";
}

/** Advice for a port that just-in-time access closes: request access. */
function jitAdvice(azure: AzureEvidence): string {
  const { network } = azure;
  const { hasJustInTimeAccess, noun } = traitsOfEvidence(azure);
  if (!hasJustInTimeAccess) {
    return `Just-in-time access cannot be requested for ${noun}: Azure has it for VMs alone. The network owner must act.`;
  }
  const jit = "interfaces" in network ? network.jit : null;
  if (!jit || "unreadable" in jit) return "Request just-in-time access to the VM.";
  const longest = jit.ports.map(({ number, maximumDuration }) => `port ${number} for at most ${maximumDuration}`);
  return `Request just-in-time access to the VM: its policy opens ${longest.join(", ")}.`;
}
