import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { AlertIntake } from "../../lib/http/responses.ts";
import { type Benchmark, type Measurement, measureTime } from "./benchmark.ts";
import type { StormAnswer, StormAnswers } from "./storm-load.ts";
import type { Calm, StormServer } from "./storm-server.ts";

const program = fileURLToPath(new URL("./storm-server.ts", import.meta.url));
const load = fileURLToPath(new URL("./storm-load.ts", import.meta.url));

/**
 * 200 alerts a second for a minute, each about a VM of its own, beside 500 active runs. The sender and the service share
 * the machine. When all runs have ended, a second storm, about other VMs, shows whether memory is bounded.
 */
export const alertsStorm: Benchmark = {
  names: [
    "alerts.p99-under-storm-ms",
    "alerts.shed-ms",
    "health.p99-under-storm-ms",
    "alerts.live-after-storm",
    "alerts.rss-second-storm",
  ],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-storm-"));
    const database = join(folder, "runs.sqlite");
    const child = fork(program, [database], { execArgv: ["--expose-gc"] });
    const exit = once(child, "exit");
    const ended = exit.then(() => {
      throw new Error("The server has ended");
    });
    ended.catch(() => {}); // It ends when all is measured.
    try {
      const [server] = (await Promise.race([once(child, "message"), ended])) as [StormServer];
      const memory = followMemory(child);
      const calm = () => Promise.race([calmDown(child), ended]);
      const { liveMb: before } = await calm();
      const stormOf = async (alertIds: string) => {
        child.send("busy");
        memory.length = 0;
        const answers = await Promise.race([storm(server, alertIds), ended]);
        return { answers, peak: Math.max(...memory) };
      };
      const first = await stormOf("a1e7");
      const { liveMb: after } = await calm();
      const second = await stormOf("a1e8");
      return measurements(first.answers, { before, after, peaks: [first.peak, second.peak] }, database);
    } finally {
      child.kill("SIGKILL");
      await exit;
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Resolves when every run has ended. */
function calmDown(child: ChildProcess): Promise<Calm> {
  const { promise, resolve } = Promise.withResolvers<Calm>();
  const hear = (message: unknown) => {
    if (typeof message !== "object" || message === null || !("liveMb" in message)) return;
    child.off("message", hear);
    resolve(message as Calm);
  };
  child.on("message", hear);
  child.send("calm");
  return promise;
}

function followMemory(child: ChildProcess): number[] {
  const memory: number[] = [];
  child.on("message", (message) => {
    if (typeof message === "number") memory.push(message);
  });
  return memory;
}

/** The sender is a process of its own, so that what it costs does not delay the service's responses. */
async function storm({ url, alertToken }: StormServer, alertIds: string): Promise<StormAnswers> {
  const sender = fork(load, [url, alertToken, alertIds]);
  const ended = once(sender, "exit").then(() => {
    throw new Error("The sender has ended");
  });
  ended.catch(() => {}); // It ends after its message.
  const [answers] = (await Promise.race([once(sender, "message"), ended])) as [StormAnswers];
  return answers;
}

function measurements(
  { alerts, health, lateMs }: StormAnswers,
  memory: { before: number; after: number; peaks: [number, number] },
  database: string,
): Measurement[] {
  const accepted = alerts.filter(({ status }) => status === 202);
  const shed = alerts.filter(({ status }) => status === 503 || status === 429);
  const promised = accepted.flatMap(({ body }) =>
    AlertIntake.parse(JSON.parse(body)).accepted.map(({ runId }) => runId),
  );
  const { lost, stored } = lookUp(promised, database);
  const counts = `${accepted.length} accepted, ${shed.length} told to come again, ${alerts.length - accepted.length - shed.length} without an answer, ${lost} lost, ${stored - new Set(promised).size} runs more than promised; the sender was ${Math.round(lateMs)} ms late at most`;
  const sick = health.filter(({ status }) => status !== 200).length;
  return [
    measureTime("alerts.p99-under-storm-ms", p99(accepted), "ms", `under 1,000; ${counts}`),
    measureTime("alerts.shed-ms", p99(shed), "ms", "p99 under 100"),
    measureTime("health.p99-under-storm-ms", p99(health), "ms", `under 100; ${sick} of ${health.length} not healthy`),
    measureTime(
      "alerts.live-after-storm",
      memory.after,
      "MB",
      "falls again: the objects in use when all runs have ended, against those before",
      memory.before,
    ),
    measureTime(
      "alerts.rss-second-storm",
      memory.peaks[1],
      "MB",
      "bounded: the most in a second storm, against the first",
      memory.peaks[0],
    ),
  ];
}

/** How many of the promised runs are not in the store, and how many runs of alerts are. */
function lookUp(promised: readonly string[], database: string): { lost: number; stored: number } {
  const db = new DatabaseSync(database, { readOnly: true });
  const find = db.prepare("SELECT 1 FROM runs WHERE id = ?");
  const lost = promised.filter((id) => find.get(id) === undefined).length;
  const row = db.prepare("SELECT count(*) AS runs FROM runs WHERE vm_key LIKE '%/vm-a1e7-%'").get();
  db.close();
  return { lost, stored: Number(row?.runs) };
}

function p99(answers: readonly StormAnswer[]): number {
  const sorted = answers.map(({ ms }) => ms).toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}
