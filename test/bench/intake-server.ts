import { randomUUID } from "node:crypto";
import { ok } from "../../lib/core/problem.ts";
import { createAlertReceiver } from "../../lib/http/alert-receiver.ts";
import { createApi } from "../../lib/http/api.ts";
import { createAuthenticate } from "../../lib/http/authentication.ts";
import { startServer } from "../../lib/local/server.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import type { RunEngine } from "../../lib/runs/ports.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { keys, requester, signIn, tokenOf } from "../http/sign-in.ts";

/*
 * The HTTP API over the SQLite file that the command line names, beside an empty handler at /empty, in a process of its
 * own: what sends the load must not share its thread. Tells its parent where it is, and with which tokens to come.
 */

/** What the parent is told. */
export interface IntakeServer {
  readonly url: string;
  readonly alertToken: string;
  readonly readToken: string;
}

/** Runs are stored, as in every engine, and nobody works on them: what is measured is the intake. */
function storingEngine(store: SqliteStore): RunEngine {
  const unused = () => Promise.reject(new Error("not part of the intake"));
  async function get(runId: string) {
    const stored = await store.get(runId);
    return stored ? ok(stored.run) : unused();
  }
  return {
    async start(run) {
      await store.create(run);
      return get(run.id);
    },
    get,
    list: unused,
    signal: unused,
  };
}

const store = openSqliteStore(process.argv[2] ?? ":memory:");
const engine = storingEngine(store);
const now = () => new Date();
const policy = {
  scopes: [`/subscriptions/${sandboxSubscription}`],
  maximumRisk: "low",
  untagged: "report",
  coolDownMs: 3_600_000,
  maximumVmsPerHour: 100_000,
} as const;
const api = createApi({
  service: createRunService(engine, now, randomUUID),
  engine,
  authenticate: createAuthenticate(signIn, now, keys),
  receiveAlert: createAlertReceiver({ engine, store, policy, now }),
  findVms: () => Promise.reject(new Error("not part of the intake")),
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
const told: IntakeServer = {
  url: server.url,
  alertToken: await tokenOf(requester, "ActionGroupsSecureWebhook"),
  readToken: await tokenOf(requester, "Rdp.Read"),
};
process.on("disconnect", () => process.exit());
process.send?.(told);
