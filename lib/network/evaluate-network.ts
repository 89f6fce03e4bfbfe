import { type AddressRange, anyRangeContains, formatEndpoint, rangeContains } from "../core/address.ts";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import { isJitDeny } from "../core/jit.ts";
import type { FlowCheck, NetworkEvidence } from "../core/network-evidence.ts";
import type { NetworkPathKind, NetworkVerdict } from "../core/network-verdict.ts";
import { crossChecksOf } from "./cross-checks.ts";
import { defaultSources } from "./default-sources.ts";
import { evaluatePath } from "./evaluate-path.ts";
import { behindFirewall } from "./ingress.ts";
import { type MergedVerdict, mergeVerdicts } from "./merge-verdicts.ts";
import { type NetworkPath, pathsTo, type SecurityGroupHop } from "./network-path.ts";
import { type ProbeAddress, parseSource, probeAddressesOf, type Source } from "./source.ts";
import { originOf } from "./topology.ts";
import { decidedByOf, networkHopOf, type TraceHop } from "./trace-hop.ts";

/**
 * Evaluates whether each source reaches a TCP port of the VM: one verdict per source, private address and path. Uses
 * Azure's effective rules, or the configured security groups when those are missing. For an address or a CIDR,
 * `allowed` and `denied` hold for all of it; for the tags `VirtualNetwork` and `Internet`, `allowed` means that some
 * of it is allowed. A part that could not be read makes the verdict `unknown` where it could have decided.
 *
 * Without sources it evaluates those of `defaultSources`.
 */
export function evaluateNetwork(
  { network }: AzureEvidence,
  sources: readonly string[],
  port: number,
): NetworkVerdict[] {
  // Azure knows nothing of that network: there is no verdict, not an unknown one.
  if ("outside" in network) return [];
  const read = "unreadable" in network ? null : network;
  const asked = sources.length > 0;
  const texts = [...new Set(asked ? sources : defaultSources(read))];
  if ("unreadable" in network) {
    return texts.map((source) =>
      notEvaluated(source, port, `the network could not be read: ${network.unreadable}`, asked),
    );
  }
  const survey = createNetworkEvaluator(network, port);
  return texts.flatMap((source) => survey.evaluate(source).map((verdict) => ({ ...verdict, asked })));
}

/** A network with its rules parsed for one port. Evaluates any number of sources. */
export interface NetworkEvaluator {
  evaluate(source: string): NetworkVerdict[];
}

export function createNetworkEvaluator(network: NetworkEvidence, port: number): NetworkEvaluator {
  const paths = network.interfaces.flatMap((nic) =>
    nic.ipConfigurations.map((configuration) => pathsTo(network, nic, configuration, port)),
  );
  return {
    evaluate(text) {
      const source = parseSource(text);
      if (!source) return [notEvaluated(text, port, "it is no address, CIDR, VirtualNetwork or Internet")];
      const family = source.kind === "range" ? source.range.family : null;
      const open = paths.filter(([path]) => path && (family === null || path.destination.family === family));
      if (open.length === 0) {
        return [notEvaluated(text, port, `the VM has no ${family ? `IPv${family} ` : ""}address that was read`)];
      }
      return open.flatMap((fronted) => evaluateAddress(text, source, fronted, network.flowChecks));
    },
  };
}

/** One verdict per ingress of an address. A source inside the network uses no ingress and gets one verdict. */
function evaluateAddress(text: string, source: Source, fronted: readonly NetworkPath[], checks: readonly FlowCheck[]) {
  return fronted.flatMap((path, index) => {
    const samples = probeAddressesOf(source, path);
    const byFront = samples.some(({ address }) => originOf(address, path.topology).internet);
    return index === 0 || byFront ? evaluateSource(text, source, path, samples, checks) : [];
  });
}

function evaluateSource(
  text: string,
  source: Source,
  path: NetworkPath,
  samples: readonly ProbeAddress[],
  checks: readonly FlowCheck[],
): NetworkVerdict {
  const fused = evaluateProbeAddresses(text, source, path, samples, path.hops);
  if (!fused) return notEvaluated(text, path.port, "the address space of the virtual network was not read");
  const { hint } = fused.decider;
  const isBehindNothing = path.ingress.kind === "none" && originOf(fused.address, path.topology).internet;
  // Just-in-time access that is requested configures the firewall as well.
  const isDenied = fused.verdict === "denied" && !isJitDeny(fused.decider.rule);
  const hints = [hint, isDenied && isBehindNothing && behindFirewall].filter(Boolean);
  const also = hints.length > 0 && source.kind === "range" ? ` (${hints.join("; ")})` : "";
  const asWritten = path.hopsAsWritten && evaluateProbeAddresses(text, source, path, samples, path.hopsAsWritten);
  const fallback = path.notEffective
    ? ` Based on the configured rules; Azure's effective rules are missing: ${clause(path.notEffective)}.`
    : "";
  return {
    source: text,
    asked: true,
    destination: formatEndpoint(path.destination, path.port),
    path: pathOf(source, fused, path),
    verdict: fused.verdict,
    share: fused.share,
    decidedBy: decidedByOf(fused.decider),
    trace: fused.trace.map(networkHopOf),
    method: path.hopsAsWritten ? "effective" : "static",
    notEffective: path.notEffective && clause(path.notEffective),
    crossChecks: crossChecksOf(text, path, fused, asWritten, checks),
    because: `${clause(fused.sentence)}${also}.${fallback}`,
  };
}

function evaluateProbeAddresses(
  text: string,
  source: Source,
  path: NetworkPath,
  samples: readonly ProbeAddress[],
  hops: readonly SecurityGroupHop[],
): MergedVerdict | null {
  const bastion = bastionOf(source, path);
  const [first, ...others] = samples.map(({ address, size }) => ({
    address,
    size,
    ...evaluatePath(path, originOf(address, path.topology), hops, bastion),
  }));
  return first ? mergeVerdicts(text, source, formatEndpoint(path.destination, path.port), [first, ...others]) : null;
}

/** The Bastion host that the source is; a wider range has other machines too, which do not come by it. */
function bastionOf(source: Source, { bastions }: NetworkPath): TraceHop | null {
  if (source.kind !== "range") return null;
  const { family, first, last } = source.range;
  const isAt = (value: bigint) => (range: AddressRange) => rangeContains(range, { family, value });
  const own = bastions.find(({ ranges }) => ranges.some((range) => isAt(first)(range) && isAt(last)(range)));
  return own?.hop ?? null;
}

function pathOf(source: Source, { address }: MergedVerdict, { topology, ingress }: NetworkPath): NetworkPathKind {
  const fromBastion = source.kind === "range" && anyRangeContains(topology.bastions, address);
  if (fromBastion) return "bastion";
  if (!originOf(address, topology).internet || ingress.kind === "none") return "private";
  return ingress.kind;
}

/** A sentence without its full stop, to be continued. */
function clause(text: string): string {
  return text.replace(/[.\s]+$/, "");
}

function notEvaluated(source: string, port: number, why: string, asked = true): NetworkVerdict {
  return {
    source,
    asked,
    destination: `*:${port}`,
    path: "private",
    verdict: "unknown",
    share: 0,
    decidedBy: { layer: "unreadable", nsg: null, nsgId: null, rule: null, priority: null },
    trace: [],
    method: "static",
    notEffective: null,
    crossChecks: [],
    because: `Whether ${source} reaches port ${port} is not known: ${clause(why)}.`,
  };
}
