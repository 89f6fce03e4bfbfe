import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { Failure } from "./report.ts";

/** The result of a stage: its value or its failure. */
export type StageResult<T> = { readonly ok: true; readonly value: T } | StageFailure;

export interface StageFailure {
  readonly ok: false;
  readonly failure: Failure;
}

export function ok<T>(value: T): StageResult<T> {
  return { ok: true, value };
}

/** A failure. `error` is cut at 300 characters, because the server may control a part of it. */
export function failedStage(reason: Failure["reason"], error: string): StageFailure {
  return { ok: false, failure: { reason, error: error.slice(0, 300) } };
}

/** Time limits of a probe. */
export interface ProbeLimits {
  readonly whole: AbortSignal;
  /** Per stage, in milliseconds. */
  readonly stageMs: number;
}

/** The limit of a stage that starts now. */
export function stageLimit({ whole, stageMs }: ProbeLimits): AbortSignal {
  return AbortSignal.any([whole, abortAfter(stageMs)]);
}

/** A signal that aborts after some milliseconds. */
export function abortAfter(ms: number): AbortSignal {
  const signal = AbortSignal.timeout(ms);
  // Node.js may garbage-collect a timeout that only AbortSignal.any references, and it then never fires: a listener
  // keeps it.
  signal.addEventListener("abort", () => {});
  return signal;
}

/** Why a limit was reached: a timeout, or an abort by the caller. */
export function limitReached(limit: AbortSignal): StageFailure {
  const late = limit.reason instanceof Error && limit.reason.name === "TimeoutError";
  return late ? failedStage("timeout", "no answer in time") : failedStage("stopped", "the caller wanted no more");
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

export function socketFailure(error: NodeJS.ErrnoException): StageFailure {
  return failedStage(reasons[error.code ?? ""] ?? "other", error.message);
}

/** Waits for a promise that cannot be cancelled; resolves to `late(...)` when the limit comes first. */
export function raceLimit<T>(promise: Promise<T>, limit: AbortSignal, late: (reached: StageFailure) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => resolve(late(limitReached(limit)));
    if (limit.aborted) return give();
    limit.addEventListener("abort", give, { once: true });
    promise.then(resolve, reject).finally(() => limit.removeEventListener("abort", give));
  });
}

/** Listeners by event name. A result ends the wait; `undefined` continues it. */
interface Listeners<T> {
  readonly [event: string]: (told: never) => StageResult<T> | undefined;
}

/** Waits until a listener returns a result, the stream fails or closes, or the limit is reached. */
export function waitForEvents<T>(stream: Duplex, limit: AbortSignal, events: Listeners<T>): Promise<StageResult<T>> {
  const listeners: Listeners<T> = {
    error: (error: NodeJS.ErrnoException) => socketFailure(error),
    end: () => failedStage("closed", "the other side closed the connection"),
    close: () => failedStage("closed", "the connection was closed"),
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
    function settle(end: StageResult<T> | undefined): void {
      if (!end) return;
      for (const detach of attached) detach();
      limit.removeEventListener("abort", late);
      resolve(end);
    }
    if (limit.aborted) return late();
    limit.addEventListener("abort", late);
    if (stream.destroyed) settle(failedStage("closed", "the connection was closed"));
  });
}
