import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type Address, formatAddress } from "./address.ts";
import type { Decision } from "./judge-way.ts";
import type { Source } from "./source.ts";

/** What was decided for one address of a source, on behalf of its neighbours. */
export interface Sample extends Decision {
  readonly address: Address;
}

/** The decision for a whole source, with the address that stands for it and a sentence, still without its full stop. */
export interface Fused extends Sample {
  readonly sentence: string;
}

/**
 * One decision for a whole source from its parts. Parts that differ leave a range `unknown`, since a caller behind it
 * may be in either; a tag only asks whether there is a way in at all.
 */
export function fuseSamples(
  text: string,
  source: Source,
  destination: string,
  samples: readonly [Sample, ...Sample[]],
): Fused {
  const agree = samples.every(({ verdict }) => verdict === samples[0].verdict);
  const preferred = source.kind === "range" ? (["unknown", "denied"] as const) : (["allowed", "unknown"] as const);
  const decides = preferred.flatMap((verdict) => samples.find((sample) => sample.verdict === verdict) ?? [])[0];
  const sample = decides ?? samples[0];
  const { address, verdict, decider } = sample;
  return {
    ...sample,
    verdict: agree || verdict === "allowed" ? verdict : "unknown",
    sentence: agree
      ? `${claimOfAll(verdict, text, destination)}: ${decider.why}`
      : `${claimOfPart(verdict, text, destination)}: for ${formatAddress(address)}, ${decider.why}`,
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
