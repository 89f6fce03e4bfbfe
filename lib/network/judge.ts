import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { FlowCheck, NetworkEvidence } from "../core/network-evidence.ts";
import type { NetworkPath, NetworkVerdict } from "../core/network-verdict.ts";
import { type Address, anyContains, formatEndpoint } from "./address.ts";
import { defaultSources } from "./default-sources.ts";
import { type Fused, fuseSamples } from "./fuse-samples.ts";
import { judgeWay } from "./judge-way.ts";
import { opinionsOn } from "./opinions.ts";
import { deciderOf, stepOf } from "./point.ts";
import { parseSource, type Source, sampleSource } from "./source.ts";
import { originOf } from "./surroundings.ts";
import { type Hop, type Way, waysTo } from "./way.ts";

/**
 * Whether each source reaches a TCP port of the VM: one verdict for each source, private address and way in, by the
 * rules that Azure says are in effect, else by the security groups as they are written. For an address or a CIDR,
 * `allowed` and `denied` hold for all of it; for the tags `VirtualNetwork` and `Internet`, `allowed` means that some
 * of it gets in. What was not read is `unknown` where it could have decided, never guessed.
 *
 * Without sources it asks for those of `defaultSources`.
 */
export function judge({ network }: AzureEvidence, sources: readonly string[], port: number): NetworkVerdict[] {
  const read = "unreadable" in network ? null : network;
  const asked = sources.length > 0;
  const texts = [...new Set(asked ? sources : defaultSources(read))];
  if ("unreadable" in network) {
    return texts.map((source) => unjudged(source, port, `the network could not be read: ${network.unreadable}`, asked));
  }
  const survey = surveyNetwork(network, port);
  return texts.flatMap((source) => survey.judge(source).map((verdict) => ({ ...verdict, asked })));
}

/** A network whose rules have been read for one port, to be asked about any number of sources. */
export interface Survey {
  judge(source: string): NetworkVerdict[];
}

export function surveyNetwork(network: NetworkEvidence, port: number): Survey {
  const ways = network.interfaces.flatMap((nic) =>
    nic.ipConfigurations.map((configuration) => waysTo(network, nic, configuration, port)),
  );
  return {
    judge(text) {
      const source = parseSource(text);
      if (!source) return [unjudged(text, port, "it is no address, CIDR, VirtualNetwork or Internet")];
      const family = source.kind === "range" ? source.range.family : null;
      const open = ways.filter(([way]) => way && (family === null || way.destination.family === family));
      if (open.length === 0) {
        return [unjudged(text, port, `the VM has no ${family ? `IPv${family} ` : ""}address that was read`)];
      }
      return open.flatMap((fronted) => judgeAddress(text, source, fronted, network.flowChecks));
    },
  };
}

/** One verdict for each front of an address; for those who come by none, the fronts are all the same. */
function judgeAddress(text: string, source: Source, fronted: readonly Way[], checks: readonly FlowCheck[]) {
  return fronted.flatMap((way, index) => {
    const samples = sampleSource(source, way);
    const byFront = samples.some((address) => originOf(address, way.surroundings).internet);
    return index === 0 || byFront ? judgeSource(text, source, way, samples, checks) : [];
  });
}

function judgeSource(
  text: string,
  source: Source,
  way: Way,
  samples: readonly Address[],
  checks: readonly FlowCheck[],
): NetworkVerdict {
  const fused = fuse(text, source, way, samples, way.hops);
  if (!fused) return unjudged(text, way.port, "the address space of the virtual network was not read");
  const asWritten = way.hopsAsWritten && fuse(text, source, way, samples, way.hopsAsWritten);
  const fallback = way.notEffective
    ? ` Judged by the rules as they are written; Azure's own list of those in effect is missing: ${clause(way.notEffective)}.`
    : "";
  return {
    source: text,
    asked: true,
    destination: formatEndpoint(way.destination, way.port),
    path: pathOf(source, fused, way),
    verdict: fused.verdict,
    decidedBy: deciderOf(fused.decider),
    trace: fused.trace.map(stepOf),
    method: way.hopsAsWritten ? "effective" : "static",
    notEffective: way.notEffective && clause(way.notEffective),
    opinions: opinionsOn(text, way, fused, asWritten, checks),
    because: `${clause(fused.sentence)}.${fallback}`,
  };
}

function fuse(text: string, source: Source, way: Way, samples: readonly Address[], hops: readonly Hop[]): Fused | null {
  const [first, ...others] = samples.map((address) => ({
    address,
    ...judgeWay(way, originOf(address, way.surroundings), hops),
  }));
  return first ? fuseSamples(text, source, formatEndpoint(way.destination, way.port), [first, ...others]) : null;
}

function pathOf(source: Source, { address }: Fused, { surroundings, front }: Way): NetworkPath {
  const fromBastion = source.kind === "range" && anyContains(surroundings.bastions, address);
  if (fromBastion) return "bastion";
  if (!originOf(address, surroundings).internet || front.kind === "none") return "private";
  return front.kind;
}

/** What Azure or we said elsewhere as a sentence, to go on with. */
function clause(text: string): string {
  return text.replace(/[.\s]+$/, "");
}

function unjudged(source: string, port: number, why: string, asked = true): NetworkVerdict {
  return {
    source,
    asked,
    destination: `*:${port}`,
    path: "private",
    verdict: "unknown",
    decidedBy: { layer: "unreadable", nsg: null, nsgId: null, rule: null, priority: null },
    trace: [],
    method: "static",
    notEffective: null,
    opinions: [],
    because: `Whether ${source} reaches port ${port} is not known: ${clause(why)}.`,
  };
}
