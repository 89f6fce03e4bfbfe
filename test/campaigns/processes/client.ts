import { setTimeout } from "node:timers/promises";
import type { Banner } from "../../../sandbox/banner.ts";
import type { SandboxProcess } from "./sandbox-process.ts";

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Question {
  /** A POST when it is given. */
  readonly body?: unknown;
  /** The id under which the request may be repeated. */
  readonly id?: string;
}

/** A caller of a service that may be dead for a while. */
export interface Client {
  /** Asks once; `null` when there was no answer. */
  once(as: keyof Banner["callers"], path: string, question?: Question): Promise<Answer | null>;
  /** Repeats the request until the service answers it, or refuses it for good. */
  ask(as: keyof Banner["callers"], path: string, question?: Question): Promise<Answer>;
}

export async function createClient(url: string, azure: SandboxProcess): Promise<Client> {
  const tokens = {
    requester: await azure.tokenFor("requester"),
    approver: await azure.tokenFor("approver"),
    actionGroup: await azure.tokenFor("actionGroup"),
  };

  async function once(as: keyof Banner["callers"], path: string, { body, id }: Question = {}): Promise<Answer | null> {
    const headers = {
      authorization: `Bearer ${tokens[as]}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(id !== undefined && { "operation-id": id }),
    };
    const given = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    try {
      const response = await fetch(url + path, { headers, ...given });
      return { status: response.status, body: (await response.json()) as Answer["body"] };
    } catch {
      return null;
    }
  }

  return {
    once,
    async ask(as, path, question) {
      for (;;) {
        const answer = await once(as, path, question);
        if (answer && answer.status !== 503 && answer.status !== 429) return answer;
        await setTimeout(100);
      }
    },
  };
}
