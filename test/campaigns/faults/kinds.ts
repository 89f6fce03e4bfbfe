import type { WorldFault } from "../../../sandbox/world.ts";

/** One way in which a call of ARM goes wrong. */
export interface FaultKind {
  readonly name: string;
  readonly answer: WorldFault["answer"];
  /** Azure refuses the call for a reason of its own: the run may end with it, where the call comes before every change. */
  readonly isRefusal?: true;
  /** Takes real time, because only the SDK's time-out ends it: done once, not for ever. */
  readonly isSlow?: true;
}

const proxy = (body: "html" | "empty" | "empty-object", carriedOut = false, status: 200 | 403 | 502 = 200) => ({
  kind: "proxy" as const,
  body,
  status,
  carriedOut,
});

export const faultKinds: readonly FaultKind[] = [
  { name: "429, Retry-After 7", answer: { kind: "throttled", retryAfterSeconds: 7 } },
  { name: "429, Retry-After 86400", answer: { kind: "throttled", retryAfterSeconds: 86_400 } },
  { name: "409 busy", answer: { kind: "busy" } },
  ...([500, 502, 503, 504] as const).map((status) => ({
    name: String(status),
    answer: { kind: "server-error" as const, status },
  })),
  { name: "502 HTML", answer: proxy("html", false, 502) },
  { name: "reset before", answer: { kind: "dropped", carriedOut: false } },
  { name: "reset after", answer: { kind: "dropped", carriedOut: true } },
  { name: "silent before", answer: { kind: "silent", carriedOut: false }, isSlow: true },
  { name: "silent after", answer: { kind: "silent", carriedOut: true }, isSlow: true },
  { name: "body cut", answer: { kind: "cut" } },
  { name: "200 empty, before", answer: proxy("empty") },
  { name: "200 empty, after", answer: proxy("empty", true) },
  { name: "200 HTML, before", answer: proxy("html") },
  { name: "200 HTML, after", answer: proxy("html", true) },
  { name: "200 {}, before", answer: proxy("empty-object") },
  { name: "200 {}, after", answer: proxy("empty-object", true) },
  ...([400, 401, 403, 404] as const).map((status) => ({
    name: String(status),
    answer: { kind: "refused" as const, status },
    isRefusal: true as const,
  })),
  { name: "403 HTML", answer: proxy("html", false, 403), isRefusal: true },
];
