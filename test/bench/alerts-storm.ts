import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { AlertIntake } from "../../lib/http/responses.ts";
import { type Benchmark, type Measurement, measureTime } from "./benchmark.ts";
import type { StormAnswer, StormAnswers, StormSize } from "./storm-load.ts";
import type { Ready, StormServer } from "./storm-server.ts";

const program = fileURLToPath(new URL("./storm-server.ts", import.meta.url));
const load = fileURLToPath(new URL("./storm-load.ts", import.meta.url));

const aMinute: StormSize = { perSecond: 200, seconds: 60 };

/** More than a service on two cores can take, whose sender has one of them. */
const overload: StormSize = { perSecond: 1000, seconds: 15 };

/**
 * 200 alerts a second for a minute, each about a VM of its own, beside 500 active runs. The sender and the service share
 * the machine. When all runs have ended, a second storm, about other VMs, shows whether memory is bounded, and a third one,
 * of more alerts than the service can take, how those are answered that it refuses.
 */
export const alertsStorm: Benchmark = {
  names: [
    "alerts.p99-under-storm-ms",
    "alerts.shed-ms",
    "health.p99-under-storm-ms",
    "alerts.p99-under-overload-ms",
    "health.p99-under-overload-ms",
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
      const untilIs = (state: "calm" | "busy") => Promise.race([become(state, child), ended]);
      const { liveMb: before } = await untilIs("calm");
      const stormOf = async (alertIds: string, size: StormSize) => {
        await untilIs("busy");
        memory.length = 0;
        const answers = await Promise.race([storm(server, alertIds, size), ended]);
        return { answers, peak: Math.max(...memory), counts: counts(answers, alertIds, database) };
      };
      const first = await stormOf("a1e7", aMinute);
      const { liveMb: after } = await untilIs("calm");
      const second = await stormOf("a1e8", aMinute);
      await untilIs("calm");
      const beyond = await stormOf("a1e9", overload);
      return [
        ...whenTaken(first),
        ...whenRefused(beyond),
        ...memoryUsed({ before, after, peaks: [first.peak, second.peak] }),
      ];
    } finally {
      child.kill("SIGKILL");
      await exit;
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Resolves when no run is unfinished, or when 500 are at work. */
function become(state: "calm" | "busy", child: ChildProcess): Promise<Ready> {
  const { promise, resolve } = Promise.withResolvers<Ready>();
  const hear = (message: unknown) => {
    if (typeof message !== "object" || message === null || !("liveMb" in message)) return;
    child.off("message", hear);
    resolve(message as Ready);
  };
  child.on("message", hear);
  child.send(state);
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
async function storm(
  { url, alertToken }: StormServer,
  alertIds: string,
  { perSecond, seconds }: StormSize,
): Promise<StormAnswers> {
  const sender = fork(load, [url, alertToken, alertIds, String(perSecond), String(seconds)]);
  const ended = once(sender, "exit").then(() => {
    throw new Error("The sender has ended");
  });
  ended.catch(() => {}); // It ends after its message.
  const [answers] = (await Promise.race([once(sender, "message"), ended])) as [StormAnswers];
  return answers;
}

interface Storm {
  readonly answers: StormAnswers;
  /** What became of the alerts, in words. */
  readonly counts: string;
}

/** Within what the service can take. */
function whenTaken({ answers, counts }: Storm): Measurement[] {
  return [
    measureTime("alerts.p99-under-storm-ms", p99(taken(answers)), "ms", `under 1,000; ${counts}`),
    measureTime("health.p99-under-storm-ms", p99(answers.health), "ms", `under 100; ${sick(answers)}`),
  ];
}

/** Beyond it. */
function whenRefused({ answers, counts }: Storm): Measurement[] {
  return [
    measureTime("alerts.shed-ms", p99(refused(answers)), "ms", `p99 under 100; ${counts}`),
    measureTime("alerts.p99-under-overload-ms", p99(taken(answers)), "ms", "under 1,000; those that are accepted"),
    measureTime("health.p99-under-overload-ms", p99(answers.health), "ms", `under 100; ${sick(answers)}`),
  ];
}

function memoryUsed({
  before,
  after,
  peaks,
}: {
  before: number;
  after: number;
  peaks: [number, number];
}): Measurement[] {
  const falls = "falls again: the objects in use when all runs have ended, against those before";
  const bounded = "bounded: the most in a second storm, against the first";
  return [
    measureTime("alerts.live-after-storm", after, "MB", falls, before),
    measureTime("alerts.rss-second-storm", peaks[1], "MB", bounded, peaks[0]),
  ];
}

const taken = ({ alerts }: StormAnswers) => alerts.filter(({ status }) => status === 202);
const refused = ({ alerts }: StormAnswers) => alerts.filter(({ status }) => status === 503 || status === 429);

function sick({ health }: StormAnswers): string {
  return `${health.filter(({ status }) => status !== 200).length} of ${health.length} not healthy`;
}

/** What became of the alerts; each promised run is looked up in the store. */
function counts(answers: StormAnswers, alertIds: string, database: string): string {
  const { alerts, lateMs } = answers;
  const accepted = taken(answers);
  const shed = refused(answers);
  const promised = accepted.flatMap(({ body }) =>
    AlertIntake.parse(JSON.parse(body)).accepted.map(({ runId }) => runId),
  );
  const { lost, stored } = lookUp(promised, alertIds, database);
  return `${accepted.length} accepted, ${shed.length} told to come again, ${alerts.length - accepted.length - shed.length} without an answer, ${lost} lost, ${stored - new Set(promised).size} runs more than promised; the sender was ${Math.round(lateMs)} ms late at most`;
}

/** How many of the promised runs are not in the store, and how many runs of alerts are. */
function lookUp(promised: readonly string[], alertIds: string, database: string): { lost: number; stored: number } {
  const db = new DatabaseSync(database, { readOnly: true });
  const find = db.prepare("SELECT 1 FROM runs WHERE id = ?");
  const lost = promised.filter((id) => find.get(id) === undefined).length;
  const row = db.prepare("SELECT count(*) AS runs FROM runs WHERE vm_key LIKE ?").get(`%/vm-${alertIds}-%`);
  db.close();
  return { lost, stored: Number(row?.runs) };
}

function p99(answers: readonly StormAnswer[]): number {
  const sorted = answers.map(({ ms }) => ms).toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}
