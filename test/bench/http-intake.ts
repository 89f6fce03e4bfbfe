import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AlertIntake } from "../../lib/http/responses.ts";
import { type Benchmark, measureTime, median } from "./benchmark.ts";
import type { IntakeServer } from "./intake-server.ts";
import { bytesOf, sendAll } from "./load.ts";

/**
 * The kinds of requests alternate in short rounds, so that other load on the machine affects all of them equally.
 */
const requests = 100;
const rounds = 30;
const warmUp = 6;
const connections = 16;

const program = fileURLToPath(new URL("./intake-server.ts", import.meta.url));
const sample = readFileSync(new URL("../fixtures/alerts/metric-vm-availability.json", import.meta.url), "utf8");

/** A unique alert about a unique VM. */
function alertNumber(number: number): string {
  const id = String(number).padStart(12, "0");
  return sample
    .replaceAll("a1e70000-0000-4000-8000-000000000001", `a1e70000-0000-4000-8000-${id}`)
    .replaceAll("vm-app-01", `vm-${id}`);
}

interface Kind {
  readonly status: number;
  request(number: number): Buffer;
}

/** All kinds of requests, by the name of their figure. */
async function kindsOf({ url, alertToken, readToken }: IntakeServer): Promise<Record<string, Kind>> {
  const post = (body: string, path = "/api/alerts") => bytesOf("POST", path, { token: alertToken, body });
  const first = alertNumber(0);
  const headers = { authorization: `Bearer ${alertToken}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/alerts`, { method: "POST", headers, body: first });
  const [accepted] = AlertIntake.parse(await answer.json()).accepted;
  const always = (bytes: Buffer, status: number): Kind => ({ status, request: () => bytes });
  let number = 1;
  // New alerts leave work for the disk, which slows the next kind: so neither `empty` nor duplicates follow them.
  return {
    "alerts.new-vs-empty": { status: 202, request: () => post(alertNumber(number++)) },
    "runs.get-vs-empty": always(bytesOf("GET", `/api/runs/${accepted?.runId}`, { token: readToken }), 200),
    "alerts.reworded-vs-empty": { status: 202, request: () => post(first.replace("{", `{"delivery":${number++},`)) },
    empty: always(post(first, "/empty"), 204),
    "alerts.duplicate-vs-empty": always(post(first), 202),
    "alerts.ignored-vs-empty": always(post(first.replace('"Fired"', '"Resolved"')), 202),
  };
}

const names = {
  "alerts.new-vs-empty": "",
  "alerts.duplicate-vs-empty": "at most 2; ",
  "alerts.reworded-vs-empty": "",
  "alerts.ignored-vs-empty": "",
  "runs.get-vs-empty": "",
};

/**
 * Compares the HTTP API over a SQLite file with an empty handler on the same server, in a separate process. The ratio
 * compares the server's time per request under constant load, so 2 means half the throughput. A duplicate repeats the
 * same bytes, as Azure Monitor delivers them; `reworded` is the same firing in other bytes.
 */
export const httpIntake: Benchmark = {
  names: [...Object.keys(names), "alerts.p99"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    const child = fork(program, [join(folder, "runs.sqlite")]);
    try {
      const ended = once(child, "exit").then(() => {
        throw new Error("The server has ended");
      });
      const [server] = (await Promise.race([once(child, "message"), ended])) as [IntakeServer];
      const times = await takeTurns(server.url, await kindsOf(server));
      const each = (name: string) => median(times[name]?.each ?? []);
      const ratios = Object.entries(names).map(([name, goal]) => {
        const rate = `${Math.round(1000 / each(name))} a second`;
        return measureTime(name, each(name), "ms", goal + rate, each("empty"));
      });
      const p99 = Math.max(...["new", "duplicate", "ignored"].map((kind) => p99Of(times[`alerts.${kind}-vs-empty`])));
      return [...ratios, measureTime("alerts.p99", p99, "ms", `under 5,000 at ${connections} connections`)];
    } finally {
      if (child.connected) {
        child.disconnect();
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true });
    }
  },
};

/** By kind: the server's milliseconds per request, one value per round; and the duration of each request. */
type Times = Record<string, { readonly each: number[]; readonly taken: number[] }>;

async function takeTurns(url: string, kinds: Record<string, Kind>): Promise<Times> {
  const times: Times = Object.fromEntries(Object.keys(kinds).map((name) => [name, { each: [], taken: [] }]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, { status, request }] of Object.entries(kinds)) {
      const { taken, milliseconds } = await sendAll(url, { count: requests, connections, status }, request);
      if (round < 0) continue;
      times[name]?.each.push(milliseconds / requests);
      times[name]?.taken.push(...taken);
    }
  }
  return times;
}

function p99Of(times: Times[string] | undefined): number {
  const taken = times?.taken.toSorted((a, b) => a - b) ?? [];
  return taken[Math.floor(taken.length * 0.99)] ?? Number.NaN;
}
