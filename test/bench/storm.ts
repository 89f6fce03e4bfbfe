import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Benchmark, type Measurement, measureTime } from "./benchmark.ts";
import { alertNumber } from "./http-intake.ts";
import type { IntakeServer } from "./intake-server.ts";
import { bytesOf, sendAll } from "./load.ts";

/** Far more at once than the API works on (16) and lets wait (64): each connection sends its next alert when it is answered. */
const connections = 200;
const alerts = 3000;

const program = fileURLToPath(new URL("./intake-server.ts", import.meta.url));

/**
 * A storm of new alerts, each about a VM of its own, over SQLite in a process of its own. What is answered 503 has its
 * `Retry-After`, and Azure Monitor delivers it again; what is taken is to be answered within a second.
 */
export const storm: Benchmark = {
  names: ["storm.taken-p99", "storm.refused-p99", "storm.refused"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    const child = fork(program, [join(folder, "runs.sqlite")]);
    try {
      const ended = once(child, "exit").then(() => {
        throw new Error("The server has ended");
      });
      const [server] = (await Promise.race([once(child, "message"), ended])) as [IntakeServer];
      return figuresOf(await floodOf(server));
    } finally {
      if (child.connected) {
        child.disconnect();
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true });
    }
  },
};

/** By status: the milliseconds of each answer. */
type Answers = ReadonlyMap<number, readonly number[]>;

async function floodOf({ url, alertToken }: IntakeServer): Promise<Answers> {
  const answers = new Map<number, number[]>([
    [202, []],
    [503, []],
  ]);
  const accepts = (status: number, milliseconds: number) => answers.get(status)?.push(milliseconds) !== undefined;
  const request = (number: number) => bytesOf("POST", "/api/alerts", { token: alertToken, body: alertNumber(number) });
  await sendAll(url, { count: alerts, connections, accepts }, request);
  return answers;
}

function figuresOf(answers: Answers): Measurement[] {
  const [taken = [], refused = []] = [answers.get(202), answers.get(503)];
  const share = (100 * refused.length) / alerts;
  return [
    measureTime("storm.taken-p99", p99Of(taken), "ms", `under 1,000 at ${connections} connections`),
    measureTime("storm.refused-p99", p99Of(refused), "ms", "under 1,000"),
    { name: "storm.refused", value: share, unit: "%", reference: null, ratio: null, goal: "503 with Retry-After" },
  ];
}

function p99Of(milliseconds: readonly number[]): number {
  return milliseconds.toSorted((a, b) => a - b)[Math.floor(milliseconds.length * 0.99)] ?? Number.NaN;
}
