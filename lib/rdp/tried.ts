import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { Failure } from "./report.ts";

/** What came of a stage: its value, or why there is none. */
export type Tried<T> = { readonly done: true; readonly value: T } | NoValue;

export interface NoValue {
  readonly done: false;
  readonly failure: Failure;
}

export function done<T>(value: T): Tried<T> {
  return { done: true, value };
}

/** What failed, in words of at most 300 characters: part of them may come from the other side. */
export function failed(reason: Failure["reason"], error: string): NoValue {
  return { done: false, failure: { reason, error: error.slice(0, 300) } };
}

/** How long a probe may take. */
export interface Limits {
  readonly whole: AbortSignal;
  /** For one stage, in milliseconds. */
  readonly stageMs: number;
}

/** The limit of a stage that begins now. */
export function stageLimit({ whole, stageMs }: Limits): AbortSignal {
  return AbortSignal.any([whole, after(stageMs)]);
}

/** Aborts after some milliseconds. */
export function after(ms: number): AbortSignal {
  const signal = AbortSignal.timeout(ms);
  // Node.js may collect a timeout that only AbortSignal.any knows, which then never comes: a listener keeps it.
  signal.addEventListener("abort", () => {});
  return signal;
}

/** Why a limit has come: the time is over, or the caller wants no more. */
export function limitReached(limit: AbortSignal): NoValue {
  const late = limit.reason instanceof Error && limit.reason.name === "TimeoutError";
  return late ? failed("timeout", "no answer in time") : failed("stopped", "the caller wanted no more");
}

const reasons: Readonly<Record<string, Failure["reason"]>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  ENETUNREACH: "unreachable",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
};

export function socketFailure(error: NodeJS.ErrnoException): NoValue {
  return failed(reasons[error.code ?? ""] ?? "other", error.message);
}

/** Waits for a promise that cannot be called back, as long as the limit allows; then says what it was too `late` for. */
export function within<T>(promise: Promise<T>, limit: AbortSignal, late: (reached: NoValue) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => resolve(late(limitReached(limit)));
    if (limit.aborted) return give();
    limit.addEventListener("abort", give, { once: true });
    promise.then(resolve, reject).finally(() => limit.removeEventListener("abort", give));
  });
}

/** What an event means for a wait: an end, or nothing yet. */
interface Listeners<T> {
  readonly [event: string]: (told: never) => Tried<T> | undefined;
}

/** Waits for the events of a stream until one of them is an end, the stream fails or closes, or the limit comes. */
export function until<T>(stream: Duplex, limit: AbortSignal, events: Listeners<T>): Promise<Tried<T>> {
  const listeners: Listeners<T> = {
    error: (error: NodeJS.ErrnoException) => socketFailure(error),
    end: () => failed("closed", "the other side closed the connection"),
    close: () => failed("closed", "the connection was closed"),
    ...events,
  };
  return new Promise((resolve) => {
    const attached = Object.entries(listeners).map(([event, listener]) => {
      const heard = (told: never) => settle(listener(told));
      // Each event has its own argument, which its listener states.
      const emitter: EventEmitter = stream;
      emitter.on(event, heard as (told: unknown) => void);
      return () => emitter.off(event, heard as (told: unknown) => void);
    });
    const late = () => settle(limitReached(limit));
    function settle(end: Tried<T> | undefined): void {
      if (!end) return;
      for (const detach of attached) detach();
      limit.removeEventListener("abort", late);
      resolve(end);
    }
    if (limit.aborted) return late();
    limit.addEventListener("abort", late);
    if (stream.destroyed) settle(failed("closed", "the connection was closed"));
  });
}
