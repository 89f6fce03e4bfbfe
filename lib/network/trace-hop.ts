import type { NetworkHop, NetworkLayer, NetworkVerdict } from "../core/network-verdict.ts";

/** One hop of a trace, with the id of its security group. */
export interface TraceHop extends NetworkHop {
  readonly nsgId: string | null;
  /** A denial that is the owner's mistake rather than a default: the one to tell of several. */
  readonly nearMiss?: true;
  /** What else to tell of a denial where one client was named, as a clause. */
  readonly hint?: string;
}

/** A hop without a rule of a security group. */
export function hopWithoutRule(layer: NetworkLayer, verdict: NetworkHop["verdict"], why: string): TraceHop {
  return { layer, verdict, nsg: null, nsgId: null, rule: null, priority: null, why };
}

export function networkHopOf({ nsgId: _, nearMiss: __, hint: ___, ...step }: TraceHop): NetworkHop {
  return step;
}

export function decidedByOf({ layer, nsg, nsgId, rule, priority }: TraceHop): NetworkVerdict["decidedBy"] {
  return { layer, nsg, nsgId, rule, priority };
}
