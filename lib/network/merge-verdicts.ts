import { type Address, formatAddress } from "../core/address.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import type { PathVerdict } from "./evaluate-path.ts";
import type { Source } from "./source.ts";

/** The verdict for one probe address. It holds for all neighbouring addresses up to the next range boundary. */
export interface ProbeAddressVerdict extends PathVerdict {
  readonly address: Address;
  /** How many addresses share this verdict. */
  readonly size: bigint;
}

/** The verdict for a whole source, with the probe address that decides it and a sentence without its full stop. */
export interface MergedVerdict extends ProbeAddressVerdict {
  readonly sentence: string;
  /** The part of the source's addresses that is allowed, 0 to 1. */
  readonly share: number;
}

/**
 * Merges the verdicts of all probe addresses of a source. Different verdicts make a range `unknown`, because a client
 * may have any of its addresses. For a tag, one allowed address is enough; a rule that somebody made is reported before
 * a default rule of Azure.
 */
export function mergeVerdicts(
  text: string,
  source: Source,
  destination: string,
  samples: readonly [ProbeAddressVerdict, ...ProbeAddressVerdict[]],
): MergedVerdict {
  const agree = samples.every(({ verdict }) => verdict === samples[0].verdict);
  const preferred = source.kind === "range" ? (["unknown", "denied"] as const) : (["allowed", "unknown"] as const);
  const first = source.kind === "range" ? samples : ownRulesFirst(samples);
  const decides = preferred.flatMap((verdict) => first.find((sample) => sample.verdict === verdict) ?? [])[0];
  const sample = decides ?? first[0] ?? samples[0];
  const { address, verdict, decider } = sample;
  return {
    ...sample,
    share: shareAllowed(samples),
    verdict: agree || verdict === "allowed" ? verdict : "unknown",
    sentence: agree
      ? `${claimOfAll(verdict, text, destination)}: ${decider.why}`
      : `${claimOfPart(verdict, text, destination)}: for ${formatAddress(address)}, ${decider.why}`,
  };
}

/** What somebody made tells more than Azure's default rules, which have priorities from 65000. */
function ownRulesFirst(samples: readonly ProbeAddressVerdict[]): ProbeAddressVerdict[] {
  const rank = ({ decider }: ProbeAddressVerdict) =>
    decider.nearMiss ? 2 : Number(decider.priority !== null && decider.priority < 65_000);
  return samples.toSorted((one, other) => rank(other) - rank(one));
}

/** Rounded to four digits. */
function shareAllowed(samples: readonly ProbeAddressVerdict[]): number {
  const sizeOf = (some: readonly ProbeAddressVerdict[]) => some.reduce((sum, { size }) => sum + size, 0n);
  const allowed = sizeOf(samples.filter(({ verdict }) => verdict === "allowed"));
  return Number((allowed * 10_000n) / sizeOf(samples)) / 10_000;
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
