import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** Where the service is, and how to sign in there. */
export interface Service {
  readonly url: string;
  readonly token: () => Promise<string>;
}

/** Asks the service, again where it says that it cannot answer now. @throws Error when it refuses, with its reason. */
export async function ask({ url, token }: Service, path: string, body?: unknown): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
      redirect: "error",
    });
    if (answer.ok) return answer.json();
    if (![408, 429, 502, 503, 504].includes(answer.status) || attempt === 5) {
      throw new Error(`The service refused ${path} (HTTP ${answer.status}): ${reasonOf(await answer.text())}`);
    }
    await sleep(1000 * Math.min(Number(answer.headers.get("retry-after")) || 5, 60));
  }
}

function reasonOf(body: string): string {
  try {
    return Refusal.parse(JSON.parse(body)).error.message;
  } catch {
    return "it gave no reason.";
  }
}

const Refusal = z.object({ error: z.object({ message: z.string().max(2000) }) });

const RunMonitor = z.object({
  id: z.uuid(),
  status: z.string(),
  findings: z.array(z.object({ check: z.string(), verdict: z.string(), because: z.string() })),
  error: z.object({ message: z.string() }).optional(),
});

/** Starts a run and waits for its end, for so many milliseconds at most. */
export async function runToEnd(service: Service, request: object, { pollMs, patienceMs }: Patience) {
  let run = RunMonitor.parse(await ask(service, "/api/runs", request));
  const deadline = Date.now() + patienceMs;
  while (run.status === "NotStarted" || run.status === "Running") {
    if (Date.now() > deadline) throw new Error(`Run ${run.id} has not ended in time. Look at it later.`);
    await sleep(pollMs);
    run = RunMonitor.parse(await ask(service, `/api/runs/${run.id}`));
  }
  return run;
}

export interface Patience {
  readonly pollMs: number;
  readonly patienceMs: number;
}
