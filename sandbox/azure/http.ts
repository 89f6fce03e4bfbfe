/** A request as handlers get it, after TLS, framing and decoding. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded path without the query, as the caller spelled it. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; when omitted, no body is sent. */
  readonly body?: unknown;
  /** Sent unchanged instead of `body`. */
  readonly text?: string;
  /** A proxy answers: the headers of ARM are missing. */
  readonly isForeign?: boolean;
  /** The connection is closed in the middle of the body; where there is none, before the reply. */
  readonly isCut?: boolean;
}

/** A reply; or the connection is closed (`dropped`) or kept open (`silent`) without a reply. */
export type Answer = Reply | "dropped" | "silent";

export function jsonReply(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, headers, body };
}
