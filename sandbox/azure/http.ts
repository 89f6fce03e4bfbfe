/** A request as the handlers see it: TLS, framing and decoding are behind it. */
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
  /** Sent as JSON; nothing is sent when it is left out. */
  readonly body?: unknown;
  /** Sent as it stands instead of a body. */
  readonly text?: string;
}

/** A reply, or none: the connection is closed without a word. */
export type Answer = Reply | "dropped";

export function jsonReply(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, headers, body };
}
