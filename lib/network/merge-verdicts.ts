import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type Address, formatAddress } from "./address.ts";
import type { PathVerdict } from "./evaluate-path.ts";
import type { Source } from "./source.ts";

/** The verdict for one probe address. It holds for all neighbouring addresses up to the next range boundary. */
export interface ProbeAddressVerdict extends PathVerdict {
  readonly address: Address;
}

/** The verdict for a whole source, with the probe address that decides it and a sentence without its full stop. */
export interface MergedVerdict extends ProbeAddressVerdict {
  readonly sentence: string;
}

/**
 * Merges the verdicts of all probe addresses of a source. Different verdicts make a range `unknown`, because a client
 * may have any of its addresses. For a tag, one allowed address is enough.
 */
export function mergeVerdicts(
  text: string,
  source: Source,
  destination: string,
  samples: readonly [ProbeAddressVerdict, ...ProbeAddressVerdict[]],
): MergedVerdict {
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
