import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AlertIntake } from "../../lib/http/responses.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { metricAlert } from "../campaigns/alert.ts";
import { type Benchmark, type Measurement, measureTime } from "./benchmark.ts";
import type { StormServer } from "./storm-server.ts";

const program = fileURLToPath(new URL("./storm-server.ts", import.meta.url));
const perSecond = 200;
const seconds = 60;
/** How long the service is left alone afterwards, before its memory is read again. */
const calmMs = 30_000;

interface Answer {
  readonly status: number;
  readonly body: string;
  /** From when the alert was due, so that a sender that is held up counts. */
  readonly ms: number;
}

/**
 * 200 alerts a second for a minute, each about a VM of its own, beside 500 active runs. The sender and the service share
 * the machine.
 */
export const alertsStorm: Benchmark = {
  names: ["alerts.p99-under-storm-ms", "alerts.shed-ms", "health.p99-under-storm-ms", "alerts.memory-after-storm"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-storm-"));
    const database = join(folder, "runs.sqlite");
    const child = fork(program, [database]);
    try {
      const ended = once(child, "exit").then(() => {
        throw new Error("The server has ended");
      });
      const [server] = (await Promise.race([once(child, "message"), ended])) as [StormServer];
      const memory = followMemory(child);
      const { alerts, health } = await storm(server);
      const peak = Math.max(...memory);
      await setTimeout(calmMs);
      return measurements(alerts, health, { peak, after: memory.at(-1) ?? Number.NaN }, database);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit").catch(() => {});
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function followMemory(child: ChildProcess): number[] {
  const memory: number[] = [];
  child.on("message", (message) => {
    if (typeof message === "number") memory.push(message);
  });
  return memory;
}

async function storm({ url, alertToken }: StormServer): Promise<{ alerts: Answer[]; health: Answer[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const healthAgent = new Agent({ keepAlive: true });
  const begun = performance.now();
  const headers = { authorization: `Bearer ${alertToken}`, "content-type": "application/json" };
  const alerts = Array.from({ length: perSecond * seconds }, async (_, number) => {
    const due = begun + (number * 1000) / perSecond;
    await setTimeout(due - performance.now());
    const id = String(number).padStart(12, "0");
    const vm = `/subscriptions/${sandboxSubscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-${id}`;
    const body = JSON.stringify(metricAlert(vm, `a1e70000-0000-4000-8000-${id}`));
    return send(`${url}/api/alerts`, agent, { method: "POST", headers, body }, due);
  });
  const health = Array.from({ length: seconds * 5 }, async (_, number) => {
    const due = begun + number * 200;
    await setTimeout(due - performance.now());
    return send(`${url}/api/health`, healthAgent, { method: "GET", headers: {}, body: "" }, due);
  });
  const answers = { alerts: await Promise.all(alerts), health: await Promise.all(health) };
  agent.destroy();
  healthAgent.destroy();
  return answers;
}

/** `status` 0: there was no answer. */
function send(
  url: string,
  agent: Agent,
  { method, headers, body }: { method: string; headers: Record<string, string>; body: string },
  due: number,
): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = request(url, { method, headers, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text, ms: performance.now() - due }));
    });
    asked.on("error", () => resolve({ status: 0, body: "", ms: performance.now() - due }));
    asked.end(body);
  });
}

function measurements(
  alerts: readonly Answer[],
  health: readonly Answer[],
  memory: { peak: number; after: number },
  database: string,
): Measurement[] {
  const accepted = alerts.filter(({ status }) => status === 202);
  const shed = alerts.filter(({ status }) => status === 503 || status === 429);
  const promised = accepted.flatMap(({ body }) =>
    AlertIntake.parse(JSON.parse(body)).accepted.map(({ runId }) => runId),
  );
  const { lost, stored } = lookUp(promised, database);
  const counts = `${accepted.length} accepted, ${shed.length} told to come again, ${alerts.length - accepted.length - shed.length} without an answer, ${lost} lost, ${stored - new Set(promised).size} runs more than promised`;
  const sick = health.filter(({ status }) => status !== 200).length;
  return [
    measureTime("alerts.p99-under-storm-ms", p99(accepted), "ms", `under 1,000; ${counts}`),
    measureTime("alerts.shed-ms", p99(shed), "ms", "p99 under 100"),
    measureTime("health.p99-under-storm-ms", p99(health), "ms", `under 100; ${sick} of ${health.length} not healthy`),
    measureTime(
      "alerts.memory-after-storm",
      memory.after,
      "MB",
      "30 s later, against the peak: falls again",
      memory.peak,
    ),
  ];
}

/** How many of the promised runs are not in the store, and how many runs of alerts are. */
function lookUp(promised: readonly string[], database: string): { lost: number; stored: number } {
  const db = new DatabaseSync(database, { readOnly: true });
  const find = db.prepare("SELECT 1 FROM runs WHERE id = ?");
  const lost = promised.filter((id) => find.get(id) === undefined).length;
  const row = db.prepare("SELECT count(*) AS runs FROM runs WHERE vm_key LIKE '%/rg-app/%'").get();
  db.close();
  return { lost, stored: Number(row?.runs) };
}

function p99(answers: readonly Answer[]): number {
  const sorted = answers.map(({ ms }) => ms).toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}
