import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { ok } from "../../lib/core/problem.ts";
import type { Run } from "../../lib/core/run.ts";
import { readRequest } from "../../lib/guest/compose.ts";
import { alertLimits, createAdmission } from "../../lib/http/admission.ts";
import { createAlertReceiver } from "../../lib/http/alert-receiver.ts";
import { createApi } from "../../lib/http/api.ts";
import { createAuthenticate } from "../../lib/http/authentication.ts";
import { createHealth } from "../../lib/http/health.ts";
import { systemClock } from "../../lib/local/clock.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { startServer } from "../../lib/local/server.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import type { RunCommandStatus } from "../../lib/runs/ports.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { healthyAzureEvidence } from "../fixtures/evidence.ts";
import { replyOutput } from "../fixtures/guest-reply.ts";
import { keys, requester, signIn, tokenOf } from "../http/sign-in.ts";

/*
 * The service over the SQLite file of the command line, with 500 diagnoses at work all the time, in a process of its own.
 * Azure answers from memory, so that its cost is not measured: each script takes 10 to 30 seconds.
 */

const active = 500;
/** Runs of one moment would otherwise stay together for ever, which no estate does. */
const scriptMs = () => (isCalm ? 0 : 10_000 + Math.random() * 20_000);

/** Scripts end at once, and no run that has ended is followed by another. */
let isCalm = false;

/** The first message to the parent process. Each number that follows is the resident memory in MB. */
export interface StormServer {
  readonly url: string;
  readonly alertToken: string;
}

/** The answer to the message "calm", when every run has ended, and to "busy", when each of the 500 has a script at work. */
export interface Ready {
  /** The objects that are in use, in MB. */
  readonly liveMb: number;
}

const scripts = new Map<string, { readonly output: string; readonly until: number }>();
const azure = {
  reader: {
    read: async () => ok(healthyAzureEvidence()),
    uniqueIdOf: async () => ok(null),
    crossCheck: async (_vm: unknown, { network }: ReturnType<typeof healthyAzureEvidence>) => network,
  },
  channel: {
    async start(_vm: unknown, { name, script }: { name: string; script: string }) {
      const asked = readRequest(script);
      if (!asked) throw new Error(`${name} is none of our scripts.`);
      const { runId, step } = asked.request;
      scripts.set(name, { output: replyOutput({ runId, step }), until: Date.now() + scriptMs() });
      return ok("started" as const);
    },
    async status(_vm: unknown, name: string) {
      const script = scripts.get(name);
      const status: RunCommandStatus = !script
        ? { kind: "absent" }
        : script.until > Date.now()
          ? { kind: "running" }
          : { kind: "finished", output: script.output, failure: null };
      return ok(status);
    },
    async discard(_vm: unknown, name: string) {
      scripts.delete(name);
      return ok("discarded" as const);
    },
  },
  power: { restart: async () => ok("accepted" as const) },
  alerts: { report: async () => ok("reported" as const) },
};

const store = openSqliteStore(process.argv[2] ?? ":memory:");
const now = () => new Date();
const engine = createLocalEngine({ store, ports: azure, clock: systemClock, runsAtWork: active, onSaved: replace });
const isOurs = new Set<string>();
let number = 0;

/** Keeps so many runs active: one that has ended is followed by another. */
function replace(run: Run): void {
  if (run.state === "ended" && isOurs.delete(run.id) && !isCalm) void startOne();
}

async function startOne(): Promise<void> {
  number += 1;
  const id = randomUUID();
  isOurs.add(id);
  const created = createRun(
    {
      id,
      vm: { subscriptionId: sandboxSubscription, resourceGroup: "rg-active", name: `vm-${number}` },
      intent: "diagnose",
      options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
      trigger: { kind: "http", by: "a benchmark" },
    },
    now(),
  );
  if (!created.ok) throw new Error(created.problem.message);
  await engine.start(created.value);
}

const policy = {
  scopes: [`/subscriptions/${sandboxSubscription}`],
  maximumRisk: "low",
  untagged: "report",
  coolDownMs: 3_600_000,
  maximumVmsPerHour: 100_000,
  maximumRunsPerVm: 100,
} as const;
const tagReader = { tagsOf: async () => ok({}) };
const refuse = () => Promise.reject(new Error("not part of the storm"));
const notPart = { start: refuse, get: refuse, signal: refuse, resume: refuse, find: refuse };
const api = createApi({
  service: createRunService(engine, now, randomUUID),
  engine,
  authenticate: createAuthenticate(signIn, now, keys),
  receiveAlert: createAlertReceiver({ engine, store, tagReader, policy, now }),
  alertAdmission: createAdmission(alertLimits),
  fleet: { engine: notPart, store, inventory: notPart },
  newId: randomUUID,
  health: createHealth([{ name: "the store of runs", check: () => store.check() }], { now }),
  onSurprise: (error) => {
    throw error;
  },
  settings: { publicUrl: null, allowSelfApproval: false, maximumRisk: "interrupts-sessions" },
});
const server = await startServer(api, 0);

async function startAll(): Promise<void> {
  isCalm = false;
  for (let count = 0; count < active; count += 1) await startOne();
  while (scripts.size < active) await setTimeout(100);
}

async function calmDown(): Promise<void> {
  isCalm = true;
  while ((await store.list({ unfinished: true, limit: 1 })).runs.length > 0) await setTimeout(500);
}

function ready(): Ready {
  // Started with --expose-gc.
  globalThis.gc?.();
  return { liveMb: Math.round(process.memoryUsage().heapUsed / 1_048_576) };
}

process.on("disconnect", () => process.exit());
process.on("message", async (message) => {
  await (message === "calm" ? calmDown() : startAll());
  process.send?.(ready());
});
await startAll();
const told: StormServer = { url: server.url, alertToken: await tokenOf(requester, "ActionGroupsSecureWebhook") };
process.send?.(told);
setInterval(() => process.send?.(Math.round(process.memoryUsage().rss / 1_048_576)), 1000);
