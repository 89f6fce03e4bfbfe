import type { NotificationEvent } from "./event.ts";
import type { Receiver } from "./receiver.ts";

/** What came of one attempt to send an event. `because` is one sentence without secrets and without the receiver's URL. */
export type Attempt =
  | { readonly kind: "sent"; readonly because: string }
  /** The receiver sends it on; the next attempt learns how that ended. */
  | { readonly kind: "accepted"; readonly because: string }
  /** The receiver will not take it, however often it is sent. */
  | { readonly kind: "refused"; readonly because: string }
  /** It may take it later. `retryAfterMs`: how long it asks to wait, for every event. */
  | { readonly kind: "failed"; readonly because: string; readonly retryAfterMs?: number };

/** Sends one event to one receiver; never throws. `stop` ends it early. */
export type Send = (receiver: Receiver, event: NotificationEvent, stop: AbortSignal) => Promise<Attempt>;

/**
 * Whether what an event asks for is still to be done: `false` of a plan that waits no longer, because somebody has decided or the
 * time is over. @throws what the store throws
 */
export type StillWaits = (event: NotificationEvent) => Promise<boolean>;

/** One request over HTTPS. @throws Error when there was no answer */
export type Post = (
  url: string,
  request: {
    readonly method?: "GET" | "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  },
  stop: AbortSignal,
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}>;

/** Counts what became of deliveries. */
export interface DeliveryMetrics {
  sent(kind: Receiver["kind"]): void;
  /** An attempt failed, or the receiver refused the event. */
  failed(kind: Receiver["kind"]): void;
  /** It will never be sent. */
  lost(kind: Receiver["kind"] | "removed", count: number): void;
}
