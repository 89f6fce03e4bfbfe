import type { ClientError } from "./client-errors.ts";

/** Where to look next: in the order of the stages, then the log-on behind TLS, this probe's own way, or nowhere. */
export type Side = "name-resolution" | "path" | "listener" | "tls" | "nla" | "proxy" | "none";

/** What a probe means to people, in English. */
export interface Explanation {
  /** `unknown`: the probe could not do its work. */
  readonly verdict: "in-order" | "fault" | "unknown";
  readonly side: Side;
  readonly headline: string;
  /** What it means, and where to look, a sentence or two each. */
  readonly advice: readonly string[];
  /** What mstsc may show in this case. */
  readonly clientErrors: readonly ClientError[];
}
