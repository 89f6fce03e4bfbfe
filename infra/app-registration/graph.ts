/*
 * Microsoft Graph, as far as the app registration needs it.
 */

export interface Graph {
  get(path: string): Promise<Record<string, unknown>>;
  /** POST or PATCH; returns what Graph answers, or `{}`. */
  write(method: "POST" | "PATCH", path: string, body: unknown): Promise<Record<string, unknown>>;
}

/** Graph refused a call; the message says which, and why. */
export class GraphError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** How often a call is repeated for an object that was made a moment ago: Graph's copies follow one another by seconds. */
const maximumAttempts = 10;

/**
 * `endpoint`: that of the cloud, e.g. https://graph.microsoft.com. `pause` waits between two attempts; tests need no time.
 */
export function connectGraph(endpoint: string, token: string, pause: (ms: number) => Promise<void>): Graph {
  async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${endpoint.replace(/\/$/, "")}/v1.0${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === "" ? {} : parseAnswer(text);
    if (response.ok) return answer;
    const error = answer.error as { code?: string; message?: string } | undefined;
    const why = error?.message ?? error?.code ?? text.slice(0, 200);
    throw new GraphError(response.status, `Graph refused ${method} ${path} (${response.status}): ${why}`);
  }
  return {
    get: (path) => call("GET", path),
    async write(method, path, body) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await call(method, path, body);
        } catch (error) {
          if (!(error instanceof GraphError) || attempt >= maximumAttempts || !mayPass(error)) throw error;
          await pause(attempt * 1000);
        }
      }
    },
  };
}

/** A new object is not known everywhere at once: 404, or 400 with these words. */
function mayPass({ status, message }: GraphError): boolean {
  if (status === 404 || status === 429 || status >= 500) return true;
  return status === 400 && /does not reference a valid application object|does not exist|not found/i.test(message);
}

function parseAnswer(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
