import type { AzureEvidence, IpConfiguration } from "../core/azure-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { formatEndpoint } from "./address.ts";
import { fuseSamples } from "./fuse-samples.ts";
import { judgePath, type Path, pathTo } from "./path.ts";
import { parseSource, type Source, sampleSource } from "./source.ts";

/**
 * Whether each source reaches a TCP port of the VM: one verdict for each source and private address, from the
 * security groups as they are written (Azure's own effective rules are not asked). For an address or a CIDR,
 * `allowed` and `denied` hold for all of it; for the tags `VirtualNetwork` and `Internet`, `allowed` means that some
 * of it gets in. What was not read is `unknown`, never guessed.
 *
 * Without sources it asks for `VirtualNetwork`, and for `Internet` where the VM has a public address.
 */
export function judge({ network }: AzureEvidence, sources: string[], port: number): NetworkVerdict[] {
  if ("unreadable" in network) {
    return defaultSources(sources, []).map((source) =>
      unjudged(source, port, `the network could not be read: ${network.unreadable}`),
    );
  }
  const configurations = network.interfaces.flatMap((nic) => nic.ipConfigurations);
  const paths = network.interfaces.flatMap((nic) =>
    nic.ipConfigurations.flatMap((configuration) => pathTo(nic, configuration, port) ?? []),
  );
  return defaultSources(sources, configurations).flatMap((text) => {
    const source = parseSource(text);
    if (!source) return unjudged(text, port, "it is no address, CIDR, VirtualNetwork or Internet");
    const family = source.kind === "range" ? source.range.family : null;
    const open = paths.filter(({ destination }) => family === null || destination.family === family);
    if (open.length === 0) {
      return unjudged(text, port, `the VM has no ${family ? `IPv${family} ` : ""}address that was read`);
    }
    return open.map((path) => judgeSource(text, source, path));
  });
}

function defaultSources(sources: readonly string[], configurations: readonly IpConfiguration[]): string[] {
  if (sources.length > 0) return [...new Set(sources)];
  const isPublic = configurations.some(({ publicAddress }) => publicAddress !== null);
  return isPublic ? ["VirtualNetwork", "Internet"] : ["VirtualNetwork"];
}

function judgeSource(text: string, source: Source, path: Path): NetworkVerdict {
  const groups = path.hops.map(({ group }) => group);
  const [first, ...others] = sampleSource(source, path.destination.family, path.network, groups).map((address) => ({
    address,
    ...judgePath(path, address),
  }));
  if (!first) return unjudged(text, path.port, "the address space of the virtual network was not read");
  return fuseSamples(text, source, formatEndpoint(path.destination, path.port), [first, ...others]);
}

function unjudged(source: string, port: number, why: string): NetworkVerdict {
  return {
    source,
    destination: `*:${port}`,
    verdict: "unknown",
    decidedBy: { layer: "unreadable", group: null, rule: null, priority: null },
    because: `Whether ${source} reaches port ${port} is not known: ${why}.`,
  };
}
