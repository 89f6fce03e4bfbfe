import type { PendingDelivery } from "../core/delivery.ts";
import { NotificationEvent, nameOfEvent } from "./event.ts";
import type { Receiver } from "./receiver.ts";

/* What waits for one receiver, and what of it comes next. */

/** The deliveries of each run or operation, in their order. */
export function queuesOf(deliveries: readonly PendingDelivery[]): PendingDelivery[][] {
  const bySubject = Map.groupBy(deliveries, ({ subject }) => subject);
  return [...bySubject.values()].map((queue) => queue.toSorted((a, b) => a.sequence - b.sequence));
}

/** By their heads. What was tried least comes first: events that the receiver never takes must not use up every pass. */
export function freshFirst([a]: readonly PendingDelivery[], [b]: readonly PendingDelivery[]): number {
  const fewer = (a?.attempts ?? 0) - (b?.attempts ?? 0);
  return fewer || (a?.notBefore ?? a?.at ?? "").localeCompare(b?.notBefore ?? b?.at ?? "");
}

/** Whether the head of a queue may be sent now. */
export function isDue([head]: readonly PendingDelivery[], at: Date): boolean {
  return head !== undefined && (head.notBefore === null || Date.parse(head.notBefore) <= at.getTime());
}

/**
 * Tells which events are sent in quiet hours, too, also those that this version cannot read. Each is read once in a pass: hundreds
 * may be held, and behind them others wait that are urgent.
 */
export function rememberUrgent({ quietHours }: Receiver): (delivery: PendingDelivery) => boolean {
  const known = new Map<PendingDelivery, boolean>();
  return (delivery) => {
    const before = known.get(delivery);
    if (before !== undefined) return before;
    const event = eventOf(delivery);
    const urgent = event === null || quietHours === undefined || quietHours.urgent.includes(nameOfEvent(event));
    known.set(delivery, urgent);
    return urgent;
  };
}

/** `null` when this version cannot read it. */
export function eventOf({ event }: PendingDelivery): NotificationEvent | null {
  const read = NotificationEvent.safeParse(parseJson(event));
  return read.success ? read.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
