import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Client } from "../processes/client.ts";

/** One adversity that a service lives through. */
export interface SoakPart {
  readonly name: string;
  /** What happens to the service, for the report. */
  readonly what: string;
  readonly run: (options: SoakOptions) => Promise<SoakResult>;
}

export interface SoakOptions {
  /** How many runs the load has. */
  readonly runs: number;
  /** The short form, which is in `npm test`. */
  readonly isShort?: boolean;
  /** A bundle of the service, which starts faster. */
  readonly program?: string;
}

export interface SoakResult {
  readonly figures: Readonly<Record<string, number | string>>;
  readonly violations: readonly string[];
}

/** Starts a repair of each VM. Returns the ids. */
export async function repairAll(client: Client, vms: readonly string[]): Promise<string[]> {
  const asked = vms.map(async (vm) => {
    const question = { body: { vm, mode: "repair" }, id: randomUUID() };
    return String((await client.ask("requester", "/api/runs", question)).body.id);
  });
  return Promise.all(asked);
}

/** Waits until all runs have ended; sentences about those that ended otherwise, or did not end in time. */
export async function untilAllEnd(
  client: Client,
  runs: readonly string[],
  outcome: string,
  patienceMs = 240_000,
): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  const wrong: string[] = [];
  for (const id of runs) {
    for (;;) {
      const { body, status } = await client.ask("requester", `/api/runs/${id}`);
      if (status === 404) wrong.push(`Run ${id} is lost.`);
      else if (body.outcome !== null && body.outcome !== outcome)
        wrong.push(`Run ${id} ended ${String(body.outcome)}.`);
      else if (body.outcome === null && Date.now() > deadline) wrong.push(`Run ${id} is still ${String(body.state)}.`);
      if (status === 404 || body.outcome !== null || Date.now() > deadline) break;
      await setTimeout(200);
    }
  }
  return wrong;
}
