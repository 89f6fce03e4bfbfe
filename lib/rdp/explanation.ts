import type { ClientError } from "./client-errors.ts";

/** Where the fault is: in the order of the stages, then the logon after TLS, the proxy of this probe, or nowhere. */
export type Side = "name-resolution" | "path" | "listener" | "tls" | "nla" | "proxy" | "none";

/** The explanation of a report for people, in English. */
export interface Explanation {
  /** `unknown`: the probe could not do its work. */
  readonly verdict: "in-order" | "fault" | "unknown";
  readonly side: Side;
  readonly headline: string;
  /** What it means, and what to check; one or two sentences each. */
  readonly advice: readonly string[];
  /** What mstsc may show in this case. */
  readonly clientErrors: readonly ClientError[];
}
