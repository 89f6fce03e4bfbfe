import type { NetworkLayer, NetworkStep, NetworkVerdict } from "../core/network-verdict.ts";

/** One point on a packet's way, with the id of the security group that stands there. */
export interface Point extends NetworkStep {
  readonly nsgId: string | null;
}

/** A point where no rule of a security group speaks. */
export function plainPoint(layer: NetworkLayer, verdict: NetworkStep["verdict"], why: string): Point {
  return { layer, verdict, nsg: null, nsgId: null, rule: null, priority: null, why };
}

export function stepOf({ nsgId: _, ...step }: Point): NetworkStep {
  return step;
}

export function deciderOf({ layer, nsg, nsgId, rule, priority }: Point): NetworkVerdict["decidedBy"] {
  return { layer, nsg, nsgId, rule, priority };
}
