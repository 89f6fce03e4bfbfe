/** A request as the handlers see it: TLS, framing and decoding are behind it. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded path without the query, as the caller spelled it. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** An answer. `body` is sent as JSON; `"dropped"` in its place closes the connection without a word. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, headers, body };
}
