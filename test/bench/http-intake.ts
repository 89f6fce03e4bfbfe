import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ok } from "../../lib/core/problem.ts";
import { createAlertReceiver } from "../../lib/http/alert-receiver.ts";
import { createApi } from "../../lib/http/api.ts";
import { createAuthenticate } from "../../lib/http/authentication.ts";
import { startServer } from "../../lib/local/server.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import type { RunEngine } from "../../lib/runs/ports.ts";
import { createRunService } from "../../lib/runs/service.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { keys, requester, signIn, tokenOf } from "../http/sign-in.ts";
import { type Benchmark, measured } from "./benchmark.ts";

/** Each kind of request is sent this often, after a tenth as many to warm up. */
const requests = 1500;
const connections = 16;

interface Sent {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly token: string;
  readonly body?: string;
}

/** Runs are stored, as in every engine, and nobody works on them: what is measured is the intake. */
function storingEngine(store: SqliteStore): RunEngine {
  const unused = () => Promise.reject(new Error("not part of the intake"));
  return {
    async start(run) {
      await store.create(run);
      return ok(run);
    },
    async get(runId) {
      const stored = await store.get(runId);
      return stored ? ok(stored.run) : unused();
    },
    list: unused,
    signal: unused,
  };
}

/** Sends requests over kept connections; answers the milliseconds that each took, in order of size. */
async function send(url: string, agent: Agent, make: (number: number) => Sent, status: number): Promise<number[]> {
  const taken: number[] = [];
  let number = 0;
  async function work(): Promise<void> {
    while (number < requests) {
      const sent = make(number++);
      const start = performance.now();
      const answered = await answerTo(url, agent, sent);
      taken.push(performance.now() - start);
      if (answered !== status) throw new Error(`${sent.method} ${sent.path} answered ${answered}`);
    }
  }
  await Promise.all(Array.from({ length: connections }, work));
  return taken.sort((a, b) => a - b);
}

function answerTo(url: string, agent: Agent, { method, path, token, body }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) };
    const outgoing = request(`${url}${path}`, { method, agent, headers }, (incoming) => {
      incoming.resume();
      incoming.on("end", () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** One alert of its own, about a VM of its own. */
function alertNumber(number: number | string): string {
  const text = readFileSync(new URL("../fixtures/alerts/metric-vm-availability.json", import.meta.url), "utf8");
  const id = String(number).padStart(12, "0");
  return text
    .replaceAll("a1e70000-0000-4000-8000-000000000001", `a1e70000-0000-4000-8000-${id}`)
    .replaceAll("vm-app-01", `vm-${id}`);
}

function mean(taken: readonly number[]): number {
  return taken.reduce((sum, one) => sum + one, 0) / taken.length;
}

/**
 * The HTTP API over a SQLite file, beside an empty handler on the same server, in this process. Ratios are of the mean
 * time of a request at the same concurrency, so 2 means half the throughput.
 */
export const httpIntake: Benchmark = {
  names: [
    "alerts.new-vs-empty",
    "alerts.duplicate-vs-empty",
    "alerts.ignored-vs-empty",
    "alerts.p99",
    "runs.get-vs-empty",
  ],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    const store = openSqliteStore(join(folder, "runs.sqlite"));
    const engine = storingEngine(store);
    const now = () => new Date();
    const scopes = [`/subscriptions/${sandboxSubscription}`];
    const policy = {
      scopes,
      maximumRisk: "low",
      untagged: "report",
      coolDownMs: 3_600_000,
      maximumVmsPerHour: 10 * requests,
    } as const;
    const api = createApi({
      service: createRunService(engine, now, randomUUID),
      engine,
      authenticate: createAuthenticate(signIn, now, keys),
      receiveAlert: createAlertReceiver({ engine, store, policy, now }),
      newId: randomUUID,
      onSurprise: (error) => {
        throw error;
      },
      settings: { publicUrl: null, allowSelfApproval: false, maximumRisk: "interrupts-sessions" },
    });
    const server = await startServer(
      async (asked) => (asked.url.endsWith("/empty") ? { status: 204, headers: {}, body: "" } : api(asked)),
      0,
    );
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const [token, reader] = [
      await tokenOf(requester, "ActionGroupsSecureWebhook"),
      await tokenOf(requester, "Rdp.Read"),
    ];
    const post = (body: string): Sent => ({ method: "POST", path: "/api/alerts", token, body });
    const empty = post(alertNumber("empty"));
    try {
      await send(server.url, agent, () => ({ ...empty, path: "/empty" }), 204);
      const nothing = await send(server.url, agent, () => ({ ...empty, path: "/empty" }), 204);
      const fresh = await send(server.url, agent, (number) => post(alertNumber(number)), 202);
      const same = alertNumber(0);
      const duplicate = await send(server.url, agent, () => post(same), 202);
      const resolved = same.replace('"Fired"', '"Resolved"');
      const ignored = await send(server.url, agent, () => post(resolved), 202);
      const [run] = (await store.list({ limit: 1 })).runs;
      const get = await send(
        server.url,
        agent,
        () => ({ method: "GET", path: `/api/runs/${run?.id}`, token: reader }),
        200,
      );
      const base = mean(nothing);
      const p99 = Math.max(...[fresh, duplicate, ignored].map((taken) => taken[Math.floor(taken.length * 0.99)] ?? 0));
      return [
        measured("alerts.new-vs-empty", mean(fresh), "ms", "", base),
        measured("alerts.duplicate-vs-empty", mean(duplicate), "ms", "at most 2", base),
        measured("alerts.ignored-vs-empty", mean(ignored), "ms", "", base),
        measured("alerts.p99", p99, "ms", `under 5,000 at ${connections} connections`),
        measured("runs.get-vs-empty", mean(get), "ms", "", base),
      ];
    } finally {
      agent.destroy();
      await server.close();
      store.close();
      rmSync(folder, { recursive: true });
    }
  },
};
