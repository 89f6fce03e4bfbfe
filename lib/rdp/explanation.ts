import type { ConnectionSide } from "../core/connection-side.ts";
import type { ClientError } from "./client-errors.ts";

/** Where the fault is, as far as a probe can tell; `proxy` is the proxy of this probe. */
export type Side =
  | Extract<ConnectionSide, "name-resolution" | "path" | "gateway" | "listener" | "tls" | "nla" | "proxy">
  | "none";

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
