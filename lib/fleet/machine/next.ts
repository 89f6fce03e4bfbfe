import { atWorkOf, type FleetOperation, type Member, waitingOf } from "../fleet-operation.ts";
import { mostWaiting, paceMs, pausedMs } from "./timing.ts";

/** How many more targets may start now, by the limits that hold over all operations. */
export interface Room {
  readonly total: number;
  /** By subscription id, in lower case; one that is absent has no limit of its own. */
  readonly bySubscription: ReadonlyMap<string, number>;
}

export type FleetEffect =
  /** Start the runs of these members: their ids are in the stored operation. */
  | { readonly kind: "start-runs"; readonly members: readonly Member[] }
  /** Ask the runs of these members to end before their first change. */
  | { readonly kind: "cancel-runs"; readonly members: readonly Member[] }
  /** Tell the runs of these members what was decided about plans of their kind. */
  | { readonly kind: "decide-runs"; readonly members: readonly Member[] }
  | { readonly kind: "read-runs"; readonly members: readonly Member[] }
  /** Read these targets and admit them, together with these that waited. */
  | { readonly kind: "admit"; readonly numbers: readonly number[]; readonly deferred: readonly Member[] }
  /** Nothing before this time (RFC 3339), unless a signal or the end of a run arrives. */
  | { readonly kind: "wait"; readonly until: string }
  | { readonly kind: "none" };

/** The next effect of an operation. Pure and total. */
export function next(operation: FleetOperation, now: Date, room: Room): FleetEffect {
  if (operation.state === "ended") return { kind: "none" };
  const starting = operation.active.filter(({ phase }) => phase === "starting");
  if (starting.length > 0) return { kind: "start-runs", members: starting };
  const cancelled = toCancel(operation);
  if (cancelled.length > 0) return { kind: "cancel-runs", members: cancelled };
  const decided = operation.active.filter((member) => !member.signalled && decisionAbout(operation, member));
  if (decided.length > 0) return { kind: "decide-runs", members: decided };
  const due = operation.active.filter(({ lookAt }) => Date.parse(lookAt) <= now.getTime());
  if (due.length > 0) return { kind: "read-runs", members: due };
  const admissible = admissibleNow(operation, now, room);
  if (admissible.numbers.length + admissible.deferred.length > 0) return { kind: "admit", ...admissible };
  return { kind: "wait", until: new Date(waitUntil(operation, now)).toISOString() };
}

/** The decision about the plan with which this member waits, if there is one. */
export function decisionAbout({ decisions }: FleetOperation, { phase, plan }: Member) {
  return phase === "parked" && plan ? decisions.findLast((one) => one.fingerprint === plan.fingerprint) : undefined;
}

function toCancel(operation: FleetOperation): Member[] {
  if (operation.state !== "stopping" || operation.stopped !== "cancelled") return [];
  return operation.active.filter(({ signalled }) => !signalled);
}

/** First those that waited for another run, then the targets of the present wave, each lane in its turn. */
function admissibleNow(operation: FleetOperation, now: Date, room: Room): { numbers: number[]; deferred: Member[] } {
  if (operation.state !== "running" || waitingForOthers(operation) >= mostWaiting) return { numbers: [], deferred: [] };
  const gate = createGate(operation, room);
  const deferred = operation.deferred.filter(
    ({ lookAt, lane }) => Date.parse(lookAt) <= now.getTime() && gate.pass(lane),
  );
  const open = operation.segments.flatMap(({ wave, lane, to }, at) =>
    wave === operation.wave ? [{ lane, to, cursor: operation.cursors[at] ?? to }] : [],
  );
  const numbers: number[] = [];
  for (let moved = true; moved; ) {
    moved = false;
    for (const segment of open) {
      if (segment.cursor >= segment.to || !gate.pass(segment.lane)) continue;
      numbers.push(segment.cursor);
      segment.cursor += 1;
      moved = true;
    }
  }
  return { numbers, deferred };
}

/** Members that wait for a person, or for another run. */
function waitingForOthers({ active, deferred }: FleetOperation): number {
  return active.filter(({ phase }) => phase === "parked").length + deferred.length;
}

/** Lets a member of a lane pass when every limit has a place left, and takes the place. */
function createGate(operation: FleetOperation, room: Room): { pass(lane: number): boolean } {
  const { lanes, policy } = operation;
  const atWork = operation.active.filter(({ phase }) => phase !== "parked");
  let total = Math.min(room.total, policy.atWork - atWork.length);
  const subscriptions = new Map<string, number>();
  const regions = new Map<number, number>();
  const ofLane = (lane: number) => lanes[lane]?.subscriptionId.toLowerCase() ?? "";

  function leftIn(subscription: string): number {
    const own = atWork.filter(({ lane }) => ofLane(lane) === subscription).length;
    const byPolicy = (policy.perSubscription ?? Number.POSITIVE_INFINITY) - own;
    return Math.min(byPolicy, room.bySubscription.get(subscription) ?? Number.POSITIVE_INFINITY);
  }

  return {
    pass(lane) {
      const subscription = ofLane(lane);
      const left = subscriptions.get(subscription) ?? leftIn(subscription);
      const own = atWork.filter((member) => member.lane === lane).length;
      const region = regions.get(lane) ?? (policy.perRegion ?? Number.POSITIVE_INFINITY) - own;
      if (total < 1 || left < 1 || region < 1) return false;
      total -= 1;
      subscriptions.set(subscription, left - 1);
      regions.set(lane, region - 1);
      return true;
    },
  };
}

function waitUntil(operation: FleetOperation, now: Date): number {
  const looks = [...operation.active, ...operation.deferred].map(({ lookAt }) => Date.parse(lookAt));
  const waiting = operation.state === "running" && waitingOf(operation) > 0 && hasOpenSegment(operation);
  const soonest = Math.min(...looks, now.getTime() + (waiting ? paceMs : pausedMs));
  // A due member that could not be admitted is tried again at the pace, not at once.
  return Math.max(soonest, now.getTime() + paceMs);
}

/** Whether the present wave has targets to admit; otherwise only the end of a run goes on with the operation. */
function hasOpenSegment({ segments, cursors, wave, active, policy }: FleetOperation): boolean {
  const open = segments.some((one, at) => one.wave === wave && (cursors[at] ?? one.to) < one.to);
  return open && atWorkOf({ active }) < policy.atWork;
}
