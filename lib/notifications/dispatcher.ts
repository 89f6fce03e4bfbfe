import type { Outbox, PendingDelivery } from "../core/delivery.ts";
import { retryMs } from "../runs/timing.ts";
import type { Attempt, DeliveryMetrics, Send, StillWaits } from "./ports.ts";
import { eventOf, freshFirst, isDue, queuesOf, rememberUrgent } from "./queues.ts";
import { isQuiet } from "./quiet-hours.ts";
import type { Receiver } from "./receiver.ts";

/** The most deliveries that wait for one receiver. Of more, the oldest are lost. */
export const mostPending = 500;

/** For how long after its first attempt a delivery is tried; Azure Event Grid has the same default. */
export const patienceMs = 24 * 60 * 60_000;

/** What happened longer ago is no news: no receiver was set, or its quiet hours held it. */
export const newsMs = 7 * patienceMs;

/** How long one attempt may take. */
export const attemptMs = 10_000;

/** Nobody else sends a delivery for so long after an attempt was begun: longer than an attempt takes. */
const takenMs = 60_000;

/** So many failures in a row say that the receiver is down: the rest waits for the next pass. */
const failuresPerPass = 3;

/** No attempt is begun later in a pass: the other periodic work waits for it. */
const passMs = 15_000;

/**
 * While a service is updated, processes of another version or with other settings work beside this one. For so long an event that
 * this one does not know is left to them.
 */
const updateMs = 60 * 60_000;

/** The longest time for which a receiver may ask for silence. */
const longestPauseMs = 60 * 60_000;

/** The part of a store in which a receiver's `Retry-After` is kept. */
interface Reservations {
  reserve(key: string, owner: string, until: string, now: string): Promise<boolean>;
  reservedBy(key: string, now: string): Promise<string | null>;
}

export interface DispatcherOptions {
  readonly store: Outbox & Reservations;
  readonly receivers: readonly Receiver[];
  readonly send: Send;
  readonly stillWaits: StillWaits;
  readonly metrics: DeliveryMetrics;
  readonly now: () => Date;
  /** Gets one line of JSON for each delivery that was refused, lost or overtaken, and for the first failure of each. */
  readonly log: (line: string) => void;
}

/** Sends what waits in the outbox. */
export interface Dispatcher {
  /** Sends everything that is due, and resolves when that is done or the time of a pass is over. @throws what the store throws */
  pass(): Promise<void>;
  /** The same, without waiting for it; what fails waits for the next pass. */
  wake(): void;
  /** Ends attempts that are under way: what was not sent for certain is sent again at the next start. */
  close(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { store } = options;
  const stop = new AbortController();
  /** The work for each receiver: one that fails or hangs keeps no other waiting. */
  const working = new Map<string, Promise<void>>();
  /** Receivers for which something was written while they were at work. */
  const again = new Set<string>();
  let reading: Promise<unknown> = Promise.resolve();
  let nextReading: Promise<PendingDelivery[]> | null = null;

  /** Reads the outbox. All who ask while it is being read share the reading that follows: in a storm many runs end at once. */
  function readPending(): Promise<PendingDelivery[]> {
    nextReading ??= reading.then(() => {
      nextReading = null;
      const pending = store.pendingDeliveries();
      reading = pending.catch(() => {});
      return pending;
    });
    return nextReading;
  }

  async function pass(): Promise<void> {
    if (stop.signal.aborted) return;
    const pending = await readPending();
    if (stop.signal.aborted) return;
    const byReceiver = Map.groupBy(pending, ({ receiver }) => receiver);
    const begun = [...byReceiver].flatMap(([name, deliveries]) => {
      if (!working.has(name)) return work(name, deliveries);
      again.add(name);
      return [];
    });
    const failures = (await Promise.allSettled(begun)).flatMap((one) =>
      one.status === "rejected" ? [one.reason] : [],
    );
    if (failures.length > 0) throw failures[0];
  }

  function work(name: string, deliveries: readonly PendingDelivery[]): Promise<void> {
    const receiver = options.receivers.find((one) => one.name === name);
    const work = receiver ? sendTo(receiver, deliveries, options, stop.signal) : forget(name, deliveries, options);
    const ended = work.finally(() => {
      working.delete(name);
      if (again.delete(name)) wake();
    });
    working.set(name, ended);
    return ended;
  }

  function wake(): void {
    void pass().catch(() => {});
  }

  return {
    pass,
    wake,
    async close() {
      stop.abort();
      await Promise.allSettled(working.values());
    },
  };
}

/** The receiver was removed from the settings. */
async function forget(
  name: string,
  waiting: readonly PendingDelivery[],
  { store, metrics, now, log }: DispatcherOptions,
) {
  const deliveries = waiting.filter((one) => !mayBeKnownToOthers(one, now()));
  if (deliveries.length === 0) return;
  for (const delivery of deliveries) await store.removeDelivery(delivery);
  metrics.lost("removed", deliveries.length);
  log(lineOf("lost", name, deliveries, "The receiver is no longer in the settings."));
}

function mayBeKnownToOthers({ at }: PendingDelivery, now: Date): boolean {
  return Date.parse(at) > now.getTime() - updateMs;
}

async function sendTo(
  receiver: Receiver,
  deliveries: readonly PendingDelivery[],
  options: DispatcherOptions,
  stop: AbortSignal,
): Promise<void> {
  const { store, now } = options;
  const { quietHours } = receiver;
  const queues = queuesOf(await withinLimits(receiver, deliveries, options));
  const isUrgent = rememberUrgent(receiver);
  const begun = now().getTime();
  let failures = 0;
  while (failures < failuresPerPass && now().getTime() < begun + passMs && !stop.aborted) {
    const at = now();
    if ((await store.reservedBy(pauseKey(receiver), at.toISOString())) !== null) return;
    const quiet = quietHours !== undefined && isQuiet(quietHours, at);
    // In quiet hours, what precedes an urgent event is sent before it.
    const queue = queues.sort(freshFirst).find((one) => isDue(one, at) && (!quiet || one.some(isUrgent)));
    const head = queue?.shift();
    if (!queue || !head) return;
    const { ended, failed } = await attempt(receiver, head, options, stop);
    // What follows in this queue waits until the head is gone.
    if (!ended) queues.splice(queues.indexOf(queue), 1);
    failures = failed ? failures + 1 : 0;
  }
}

/** Removes what is too much or too old, and returns the rest. */
async function withinLimits(
  receiver: Receiver,
  deliveries: readonly PendingDelivery[],
  { store, now, metrics, log }: DispatcherOptions,
): Promise<PendingDelivery[]> {
  const at = now().getTime();
  const newestFirst = deliveries.toSorted((a, b) => b.at.localeCompare(a.at) || b.sequence - a.sequence);
  const tooMany = newestFirst.slice(mostPending);
  const rest = newestFirst.slice(0, mostPending);
  const tooOld = rest.filter((one) => Date.parse(one.at) <= at - newsMs);
  const givenUp = rest.filter(
    (one) => !tooOld.includes(one) && one.firstAttemptAt !== null && Date.parse(one.firstAttemptAt) <= at - patienceMs,
  );
  for (const [lost, why] of [
    [tooMany, `More than ${mostPending} events wait for it.`],
    [tooOld, `They waited for ${newsMs / 86_400_000} days.`],
    [givenUp, `It has not taken them for ${patienceMs / 3_600_000} hours.`],
  ] as const) {
    if (lost.length === 0) continue;
    for (const delivery of lost) await store.removeDelivery(delivery);
    metrics.lost(receiver.kind, lost.length);
    log(lineOf("lost", receiver.name, lost, why));
  }
  const lost = new Set([...tooOld, ...givenUp]);
  return rest.filter((delivery) => !lost.has(delivery));
}

/** Sends one delivery. `ended`: it is gone from the outbox. `failed`: the receiver did not answer, or not well. */
async function attempt(
  receiver: Receiver,
  head: PendingDelivery,
  { store, send, stillWaits, metrics, now, log }: DispatcherOptions,
  stop: AbortSignal,
): Promise<{ ended: boolean; failed: boolean }> {
  const at = now();
  const event = eventOf(head);
  if (event === null && mayBeKnownToOthers(head, at)) return { ended: false, failed: false };
  // A mail was taken by its first attempt; the next one learns how the sending ended.
  const isUnderWay = receiver.kind === "email" && head.attempts > 0;
  if (event && !isUnderWay && !(await stillWaits(event))) {
    log(
      lineOf("overtaken", receiver.name, [head], "The plan no longer waits: the decision came before this was sent."),
    );
    await store.removeDelivery(head);
    return { ended: true, failed: false };
  }
  const attempts = head.attempts + 1;
  const firstAttemptAt = head.firstAttemptAt ?? at.toISOString();
  // Saved first: of two processes one sends it, and what follows waits for it.
  const taken = await store.saveDelivery(head, { attempts, firstAttemptAt, notBefore: later(at, takenMs) });
  if (!taken) return { ended: false, failed: false };
  const result = event ? await send(receiver, event, stop) : unreadable;
  if (result.kind === "sent") {
    metrics.sent(receiver.kind);
    await store.removeDelivery(taken);
    return { ended: true, failed: false };
  }
  if (result.kind === "accepted") {
    await store.saveDelivery(taken, { attempts, firstAttemptAt, notBefore: later(now(), retryMs(attempts)) });
    return { ended: false, failed: false };
  }
  metrics.failed(receiver.kind);
  if (result.kind === "refused") {
    log(lineOf("refused", receiver.name, [taken], result.because));
    metrics.lost(receiver.kind, 1);
    await store.removeDelivery(taken);
    return { ended: true, failed: false };
  }
  // What a receiver lacks, such as a certificate that is trusted, is not known only when the event is lost a day later.
  if (attempts === 1) log(lineOf("failed", receiver.name, [taken], `${result.because} It is sent again for a day.`));
  const { retryAfterMs = 0 } = result;
  if (retryAfterMs > 0) {
    const until = later(now(), Math.min(retryAfterMs, longestPauseMs));
    await store.reserve(pauseKey(receiver), "retry-after", until, now().toISOString());
  }
  await store.saveDelivery(taken, { attempts, firstAttemptAt, notBefore: later(now(), retryMs(attempts)) });
  return { ended: false, failed: true };
}

function pauseKey({ name }: Receiver): string {
  return `notifications/${name}/retry-after`;
}

function later(from: Date, ms: number): string {
  return new Date(from.getTime() + ms).toISOString();
}

const unreadable: Attempt = { kind: "refused", because: "This version cannot read the event." };

/** Names the first of several events: the others are in the store until then. */
function lineOf(
  what: "lost" | "refused" | "overtaken" | "failed",
  receiver: string,
  deliveries: readonly PendingDelivery[],
  because: string,
) {
  const [first] = deliveries;
  return JSON.stringify({
    notification: what,
    receiver,
    count: deliveries.length,
    subject: first?.subject ?? null,
    sequence: first?.sequence ?? null,
    because,
  });
}
