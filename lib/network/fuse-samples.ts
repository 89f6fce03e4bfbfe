import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type Address, formatAddress } from "./address.ts";
import type { Decision } from "./path.ts";
import type { Source } from "./source.ts";

/** What was decided for one address of a source, on behalf of its neighbours. */
export interface Sample extends Decision {
  readonly address: Address;
}

/**
 * One verdict for a whole source from its parts. Parts that differ leave a range `unknown`, since a caller behind it
 * may be in either; a tag only asks whether there is a way in at all.
 */
export function fuseSamples(
  text: string,
  source: Source,
  destination: string,
  samples: readonly [Sample, ...Sample[]],
): NetworkVerdict {
  const agree = samples.every(({ verdict }) => verdict === samples[0].verdict);
  const preferred = source.kind === "range" ? (["unknown", "denied"] as const) : (["allowed", "unknown"] as const);
  const decides = preferred.flatMap((verdict) => samples.find((sample) => sample.verdict === verdict) ?? [])[0];
  const { address, verdict, decidedBy, why } = decides ?? samples[0];
  return {
    source: text,
    destination,
    verdict: agree || verdict === "allowed" ? verdict : "unknown",
    decidedBy,
    because: agree
      ? `${claimOfAll(verdict, text, destination)}: ${why}.`
      : `${claimOfPart(verdict, text, destination)}: for ${formatAddress(address)}, ${why}.`,
  };
}

function claimOfAll(verdict: NetworkVerdict["verdict"], source: string, destination: string): string {
  switch (verdict) {
    case "allowed":
      return `${source} reaches ${destination}`;
    case "denied":
      return `${source} does not reach ${destination}`;
    case "unknown":
      return `Whether ${source} reaches ${destination} is not known`;
  }
}

function claimOfPart(verdict: NetworkVerdict["verdict"], source: string, destination: string): string {
  switch (verdict) {
    case "allowed":
      return `Part of ${source} reaches ${destination}`;
    case "denied":
      return `Not all of ${source} reaches ${destination}`;
    case "unknown":
      return `Whether all of ${source} reaches ${destination} is not known`;
  }
}
