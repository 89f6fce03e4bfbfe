import type { FleetPolicy, Lane, Segment, Target } from "./fleet-operation.ts";

export interface Waves {
  /** All targets; the position of each is its number. */
  readonly targets: readonly Target[];
  readonly lanes: readonly Lane[];
  readonly segments: readonly Segment[];
  readonly waveSizes: readonly number[];
}

/**
 * Divides the targets into waves. Each wave has its share of every region and subscription, so that the canary and the first
 * waves show what a region has in store, and no wave burdens one region alone. Within a lane the given order stays. Pure.
 */
export function planWaves(given: readonly Target[], policy: Pick<FleetPolicy, "canary" | "waves">): Waves {
  const { lanes, byLane } = lanesOf(given);
  const mixed = takeInTurns(byLane);
  const ends = endsOfWaves(mixed.length, policy);
  const targets: Target[] = [];
  const segments: Segment[] = [];
  for (const [wave, end] of ends.entries()) {
    const own = mixed.slice(ends[wave - 1] ?? 0, end);
    for (const lane of byLane.keys()) {
      const members = own.filter((one) => one.lane === lane);
      if (members.length === 0) continue;
      segments.push({ wave, lane, from: targets.length, to: targets.length + members.length });
      targets.push(...members.map(({ target }) => target));
    }
  }
  return { targets, lanes, segments, waveSizes: ends.map((end, wave) => end - (ends[wave - 1] ?? 0)) };
}

function lanesOf(targets: readonly Target[]): { lanes: Lane[]; byLane: Target[][] } {
  const byKey = new Map<string, { lane: Lane; targets: Target[] }>();
  for (const target of targets) {
    const { subscriptionId } = target.vm;
    const key = `${subscriptionId.toLowerCase()} ${target.location ?? ""}`;
    const known = byKey.get(key) ?? { lane: { subscriptionId, location: target.location }, targets: [] };
    known.targets.push(target);
    byKey.set(key, known);
  }
  const all = [...byKey.values()];
  return { lanes: all.map(({ lane }) => lane), byLane: all.map((one) => one.targets) };
}

/** The targets of all lanes, each lane spread evenly over the whole. */
function takeInTurns(byLane: readonly (readonly Target[])[]): { lane: number; target: Target }[] {
  return byLane
    .flatMap((targets, lane) => targets.map((target, at) => ({ lane, target, place: (at + 0.5) / targets.length })))
    .sort((a, b) => a.place - b.place || a.lane - b.lane);
}

/** After how many targets each wave ends; waves without a target are left out. */
function endsOfWaves(total: number, { canary, waves }: Pick<FleetPolicy, "canary" | "waves">): number[] {
  const first = Math.min(canary, total);
  const shares = waves.map((share) => first + Math.ceil(((total - first) * share) / 100));
  return [first, ...shares].filter((end, at, all) => end > (all[at - 1] ?? 0));
}
