/**
 * A request as the API sees it, independent of its server. Both the local server and the Functions app create these.
 */
export interface ApiRequest {
  readonly method: string;
  /** Absolute URL. Links use its origin, unless a setting names a public URL. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of a body above the limit, one byte more than the limit is enough. */
  readonly body: Uint8Array;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or the bytes of a file; empty when there is nothing to say. */
  readonly body: string | Uint8Array;
  /** The response depends only on path, caller and body, and is valid for identical requests: it may be cached. */
  readonly lasting?: true;
}

/** The validated input, or the error response. */
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
