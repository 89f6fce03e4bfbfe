import { randomUUID } from "node:crypto";
import { ok } from "../../lib/core/problem.ts";
import { alertLimits, createAdmission } from "../../lib/http/admission.ts";
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
 * Serves the HTTP API over the SQLite file that the command line names, and an empty handler at /empty. It is a separate
 * process, because the sender of the load must not share its thread. Sends its URL and tokens to the parent process.
 */

/** The message to the parent process. */
export interface IntakeServer {
  readonly url: string;
  readonly alertToken: string;
  readonly readToken: string;
}

/** Stores runs, as every engine does, but does not execute them: only the intake is measured. */
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
  maximumRunsPerVm: 100_000,
} as const;
const tagReader = { tagsOf: async () => ok({}) };
const refuse = () => Promise.reject(new Error("not part of the intake"));
const notPart = { start: refuse, get: refuse, signal: refuse, resume: refuse, find: refuse };
const api = createApi({
  service: createRunService(engine, now, randomUUID),
  engine,
  authenticate: createAuthenticate(signIn, now, keys),
  receiveAlert: createAlertReceiver({ engine, store, tagReader, policy, now }),
  alertAdmission: createAdmission(alertLimits),
  fleet: {
    engine: notPart,
    store,
    inventory: notPart,
  },
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
