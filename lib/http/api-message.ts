/** A request as the API sees it: framing and TLS are behind it. Both the local server and the Functions app make these. */
export interface ApiRequest {
  readonly method: string;
  /** Absolute. Its origin is where links lead, unless a setting names a public address. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of a body above the limit, one byte more than the limit is enough. */
  readonly body: Uint8Array;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; empty when there is nothing to say. */
  readonly body: string;
  /** It follows from the path, the caller and the body alone, and holds whenever they come again. */
  readonly lasting?: true;
}

/** What was asked for, or the answer that says why not. */
export type CheckedInput<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly response: ApiResponse };

export function jsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): ApiResponse {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}
