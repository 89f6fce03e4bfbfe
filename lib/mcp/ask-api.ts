/** What the API answered. */
export interface ApiAnswer {
  readonly status: number;
  /** The JSON of the body; `null` when it is empty. */
  readonly body: unknown;
  /** The seconds of `Retry-After`; `null` without it. */
  readonly retryAfterSeconds: number | null;
}

/**
 * One request to the service's HTTP API in the name of whoever asks here: sign-in, app roles, access rules and budgets are
 * those of the API, and there are no others.
 */
export type AskApi = (method: "GET" | "POST", path: string, body?: unknown) => Promise<ApiAnswer>;

/** Where a Model Context Protocol server stands. */
export interface McpHost {
  readonly ask: AskApi;
  /** Lets time go by. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** What a person types or sends to decide on the plan of this run. */
  readonly howToDecide: (runId: string) => string;
}
