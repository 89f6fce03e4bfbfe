import type { NetworkHop, NetworkLayer, NetworkVerdict } from "../core/network-verdict.ts";

/** One point on a packet's way, with the id of the security group that stands there. */
export interface TraceHop extends NetworkHop {
  readonly nsgId: string | null;
}

/** A point where no rule of a security group speaks. */
export function hopWithoutRule(layer: NetworkLayer, verdict: NetworkHop["verdict"], why: string): TraceHop {
  return { layer, verdict, nsg: null, nsgId: null, rule: null, priority: null, why };
}

export function networkHopOf({ nsgId: _, ...step }: TraceHop): NetworkHop {
  return step;
}

export function decidedByOf({ layer, nsg, nsgId, rule, priority }: TraceHop): NetworkVerdict["decidedBy"] {
  return { layer, nsg, nsgId, rule, priority };
}
