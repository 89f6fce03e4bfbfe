import { randomBytes, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { createDefaultHttpClient, createHttpHeaders, type HttpClient, RestError } from "@azure/core-rest-pipeline";
import { TableClient } from "@azure/data-tables";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listRows } from "../../../lib/azure/tables/run-rows.ts";
import { openTableStore, tableProblem } from "../../../lib/azure/tables/table-store.ts";
import { ok } from "../../../lib/core/problem.ts";
import type { Run } from "../../../lib/core/run.ts";
import { UnreadableRun } from "../../../lib/core/stored-run.ts";
import { vmKey } from "../../../lib/core/vm-id.ts";
import { createDurableEngine } from "../../../lib/durable/engine.ts";
import { createConcurrencySlots } from "../../../lib/runs/concurrency-slots.ts";
import { runMaintenance } from "../../../lib/runs/maintenance/maintenance.ts";
import type { RunStore } from "../../../lib/runs/ports.ts";
import { createStepper } from "../../../lib/runs/stepper.ts";
import { type Azurite, startAzurite } from "../../fixtures/azurite.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { heldRunCommand } from "../../fixtures/held-run-command.ts";
import { asEnded, storedRun } from "../../fixtures/stored-run.ts";
import { credential, vm } from "../fake-arm.ts";

/*
 * What the contract of all stores cannot say: others that come in between two requests, and a network that fails.
 */

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.close());

let table: string;
/** Another process with the same table. */
let other: RunStore;
beforeEach(() => {
  table = `runs${randomUUID().replaceAll("-", "")}`;
  other = openTableStore({ connectionString: azurite.connectionString, table });
});

const ended = (run: Run): Run => asEnded(run);
const working = (run: Run): Run => ({ ...run, attempts: 1 });

const network = createDefaultHttpClient();

/** A store whose requests pass by `around`. */
function storeOver(around: HttpClient["sendRequest"], more: { answerWithinMs?: number } = {}): RunStore {
  const { connectionString } = azurite;
  return openTableStore({ connectionString, table, httpClient: { sendRequest: around }, ...more });
}

/** A store in whose way something comes, once: right before its first request of this kind. */
function storeInterruptedBy(event: () => Promise<unknown>, at: { method: string; path: string }): RunStore {
  let happened = false;
  return storeOver(async (request) => {
    if (!happened && request.method === at.method && request.url.includes(at.path)) {
      happened = true;
      await event();
    }
    return network.sendRequest(request);
  });
}

test.each([
  ["still at work", "still at work", working, working, 1],
  ["ended", "ended", ended, ended, 0],
  ["ended", "still at work", ended, working, 0],
  ["still at work", "ended", working, ended, 1],
])(
  "a save (%s) that comes between the reading and the writing of another (%s) wins",
  async (_, __, quick, slow, unfinished) => {
    await other.create(storedRun(1));
    const batch = { method: "POST", path: "$batch" };
    const late = storeInterruptedBy(() => other.save(quick(storedRun(1)), 1), batch);
    expect(await late.save({ ...slow(storedRun(1)), attempts: 2 }, 1)).toBe("conflict");
    expect(await late.get(storedRun(1).id)).toEqual({ run: quick(storedRun(1)), version: 2 });
    expect((await late.list({ unfinished: true, limit: 9 })).runs).toHaveLength(unfinished);
  },
);

const key = vmKey(vm);
const claimRow = "PartitionKey='claims'";

test("of two that take over a claim, the quicker one holds it", async () => {
  for (const number of [1, 2, 3]) await other.create(storedRun(number));
  await other.claim(key, storedRun(1).id);
  await other.save(ended(storedRun(1)), 1);
  const late = storeInterruptedBy(() => other.claim(key, storedRun(2).id), { method: "PUT", path: claimRow });
  expect(await late.claim(key, storedRun(3).id)).toEqual({ held: false, by: storedRun(2).id });
});

test("a claim that is given back while it is looked at is free", async () => {
  for (const number of [1, 2]) await other.create(storedRun(number));
  await other.claim(key, storedRun(1).id);
  const late = storeInterruptedBy(() => other.release(key, storedRun(1).id), { method: "GET", path: claimRow });
  expect(await late.claim(key, storedRun(2).id)).toEqual({ held: true, by: storedRun(2).id });
});

test("a release does not give back what was taken over meanwhile", async () => {
  for (const number of [1, 2]) await other.create(storedRun(number));
  await other.claim(key, storedRun(1).id);
  const late = storeInterruptedBy(
    async () => {
      await other.save(ended(storedRun(1)), 1);
      await other.claim(key, storedRun(2).id);
    },
    { method: "DELETE", path: claimRow },
  );
  await late.release(key, storedRun(1).id);
  expect(await other.claim(key, storedRun(3).id)).toEqual({ held: false, by: storedRun(2).id });
});

test("of two that want an expired reservation, the quicker one has it", async () => {
  const [now, later] = ["2026-11-21T08:00:00Z", "2026-11-21T09:00:00Z"];
  await other.reserve("a key", "one", now, now);
  const row = { method: "PUT", path: "PartitionKey='reservations'" };
  const late = storeInterruptedBy(() => other.reserve("a key", "two", later, now), row);
  expect(await late.reserve("a key", "three", later, now)).toBe(false);
  expect(await other.reserve("a key", "two", later, now)).toBe(true);
});

test("a row that others never stop changing is given up", async () => {
  const now = "2026-11-21T08:00:00Z";
  await other.reserve("a key", "one", now, now);
  let others = 0;
  const store = storeOver(async (request) => {
    if (request.method === "PUT") {
      others += 1;
      await other.reserve("a key", `other ${others}`, now, now);
    }
    return network.sendRequest(request);
  });
  await expect(store.reserve("a key", "two", "2026-11-21T09:00:00Z", now)).rejects.toThrow("changed 10 times");
});

test("a save whose answer is lost is not sent again, and was carried out", async () => {
  await other.create(storedRun(1));
  let sent = 0;
  const store = storeOver(async (request) => {
    const answer = await network.sendRequest(request);
    if (!request.url.includes("$batch")) return answer;
    sent += 1;
    throw new RestError("socket hang up", { code: "ECONNRESET" });
  });
  await expect(store.save(ended(storedRun(1)), 1)).rejects.toThrow("socket hang up");
  expect(sent).toBe(1);
  expect(await other.get(storedRun(1).id)).toEqual({ run: ended(storedRun(1)), version: 2 });
  expect(await other.list({ unfinished: true, limit: 9 })).toEqual({ runs: [], next: null });
  expect(await other.save(ended(storedRun(1)), 1)).toBe("conflict");
});

const unavailable: HttpClient["sendRequest"] = async (request) => ({
  request,
  status: 503,
  headers: createHttpHeaders(),
});

test("a reading is tried again, a writing is not", async () => {
  await other.create(storedRun(1));
  const failed: string[] = [];
  const store = storeOver((request) => {
    if (request.url.includes("/Tables") || failed.includes(request.method)) return network.sendRequest(request);
    failed.push(request.method);
    return unavailable(request);
  });
  expect((await store.get(storedRun(1).id))?.version).toBe(1);
  await expect(store.create(storedRun(2))).rejects.toMatchObject({ statusCode: 503 });
  expect(failed).toEqual(["GET", "POST"]);
  expect(await other.get(storedRun(2).id)).toBeNull();
});

test("an answer that does not come is given up: a reading after four tries, a writing after one", async () => {
  await other.create(storedRun(1));
  const asked: string[] = [];
  const store = storeOver(
    (request) => {
      if (request.url.includes("/Tables")) return network.sendRequest(request);
      asked.push(request.method);
      return new Promise((_, reject) => request.abortSignal?.addEventListener("abort", () => reject(new Error("Cut"))));
    },
    { answerWithinMs: 200 },
  );
  await expect(store.create(storedRun(2))).rejects.toMatchObject({ code: "ETIMEDOUT" });
  await expect(store.get(storedRun(1).id)).rejects.toMatchObject({ code: "ETIMEDOUT" });
  expect(asked).toEqual(["POST", "GET", "GET", "GET", "GET"]);
});

test("a table that could not be made is made by the next call, and only once", async () => {
  let made = 0;
  const store = storeOver((request) => {
    if (!request.url.includes("/Tables")) return network.sendRequest(request);
    made += 1;
    return made === 1 ? unavailable(request) : network.sendRequest(request);
  });
  await expect(store.get(storedRun(1).id)).rejects.toMatchObject({ statusCode: 503 });
  expect(
    await Promise.all([store.create(storedRun(1)), store.create(storedRun(2)), other.create(storedRun(3))]),
  ).toEqual(["created", "created", "created"]);
  expect(made).toBe(2);
});

describe("a row that cannot be read", () => {
  const rows = () =>
    TableClient.fromConnectionString(azurite.connectionString, table, { allowInsecureConnection: true });

  /** Changes columns of the row of the first of three runs, of which the last is on another VM. */
  async function damaged(columns: Record<string, unknown>): Promise<void> {
    for (const number of [1, 2]) await other.create(storedRun(number));
    await other.create(storedRun(3, { vm: { ...vm, name: "vm-app-02" } }));
    const row = { partitionKey: "runs", rowKey: `run_${storedRun(1).id}` };
    const whole = await rows().getEntity(row.partitionKey, row.rowKey);
    const kept = Object.entries(whole).filter(([name]) => !(name in columns));
    const { etag: _, timestamp: __, "odata.metadata": ___, ...replaced } = Object.fromEntries(kept);
    const given = Object.entries(columns).filter(([, value]) => value !== undefined);
    await rows().updateEntity({ ...replaced, ...row, ...Object.fromEntries(given) }, "Replace");
  }

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["of a later version", { body00: gzipSync('{"format":99}') }, /format 99/],
    ["whose body is no gzip", { body00: Buffer.from("run") }, /cannot be unpacked/],
    ["whose body is gone", { body00: undefined }, /cannot be unpacked/],
    ["whose version is gone", { version: undefined }, /no version/],
    [
      "all of whose columns are gone",
      { body00: undefined, version: undefined, state: undefined, open: undefined },
      /./,
    ],
  ])("%s blocks nothing but itself", async (_, columns, because) => {
    await damaged(columns);
    const [first, second, third] = [1, 2, 3].map((number) => storedRun(number).id);
    for (const query of [{}, { unfinished: true }]) {
      const page = await other.list({ ...query, limit: 9 });
      expect(page.runs.map(({ id }) => id)).toEqual([third, second]);
      expect(page.unreadable).toEqual([{ id: first, because: expect.stringMatching(because) }]);
    }
    // Page by page, each with the rows that belong to it.
    const pages = [await other.list({ limit: 2 })];
    pages.push(await other.list({ limit: 2, after: pages[0]?.next ?? "" }));
    expect(pages.map(({ runs, unreadable = [] }) => [runs.length, unreadable.length])).toEqual([
      [2, 0],
      [0, 1],
    ]);
    await expect(other.get(first ?? "")).rejects.toThrow(UnreadableRun);
    expect(await other.has(first ?? "")).toBe(true);
    expect(await other.create(storedRun(1))).toBe("exists");

    // Its VM stays with it, as long as its row does not say that it has ended; other VMs are free.
    await other.claim(key, first ?? "");
    expect(await other.claim(key, second ?? "")).toEqual({ held: false, by: first });
    expect(await other.claim(`${key}-02`, third ?? "")).toEqual({ held: true, by: third });
    expect(await other.save(ended(storedRun(2)), 1)).toBe("saved");
    await other.remove(ended(storedRun(2)));
    expect(await other.get(second ?? "")).toBeNull();
  });

  test("is left alone by the periodic work, which goes on with the others", async () => {
    await damaged({ body00: gzipSync('{"format":99}') });
    const fake = new FakeVm();
    const clock = new FakeClock();
    const slots = createConcurrencySlots(other, 10);
    const stepper = createStepper({
      store: other,
      ports: { reader: fake, channel: fake, power: fake, alerts: fake },
      slots,
      now: () => clock.now(),
    });
    const driven: string[] = [];
    const engine = createDurableEngine({
      orchestrations: {
        start: async (runId) => void driven.push(runId),
        startOperation: async () => {},
        startPulse: async () => {},
        isAlive: async () => false,
        raise: async () => {},
        purge: async () => {},
      },
      store: other,
      stepper,
      now: () => new Date("2026-11-21T09:00:00Z"),
    });
    const leftover = `rdpfix-${storedRun(1).id}-apply-1`;
    const discarded: string[] = [];
    await runMaintenance({
      engine,
      store: other,
      // The one VM still has a Run Command of the damaged run, for which Azure reports no time.
      runCommands: { list: async () => ok([heldRunCommand(leftover)]) },
      channel: {
        async discard(_, name) {
          discarded.push(name);
          return ok("discarded");
        },
      },
      keepRunsDays: 1,
      now: () => new Date("2026-11-21T09:00:00Z"),
    });
    expect(driven.sort()).toEqual([storedRun(2).id, storedRun(3).id]);
    expect(discarded).toEqual([]);
    expect(await stepper.step(storedRun(1).id)).toEqual({ kind: "rest" });
    expect(await stepper.load(storedRun(1).id)).toMatchObject({ ok: false, problem: { code: "run-unreadable" } });
    const signalled = await stepper.signal(storedRun(1).id, { kind: "cancel", by: "ada" });
    expect(signalled).toMatchObject({ ok: false, problem: { code: "run-unreadable" } });
    expect((await stepper.step(storedRun(2).id)).kind).toBe("more");
  });
});

async function rowKeys(): Promise<string[]> {
  const client = TableClient.fromConnectionString(azurite.connectionString, table, { allowInsecureConnection: true });
  const keys: string[] = [];
  for await (const row of client.listEntities()) keys.push(`${row.partitionKey} ${row.rowKey}`);
  return keys;
}

test("a run leaves three rows, a claim given back none; keys are what Azure takes", async () => {
  await other.create(storedRun(1));
  await other.claim(key, storedRun(1).id);
  expect(await rowKeys()).toHaveLength(5);
  await other.save(ended(storedRun(1)), 1);
  await other.release(key, storedRun(1).id);
  const keys = await rowKeys();
  expect(keys).toEqual([
    `runs all_${8.64e15 - Date.parse(storedRun(1).createdAt)}_${storedRun(1).id}`,
    `runs run_${storedRun(1).id}`,
    expect.stringMatching(/^runs vm_[\w-]{43}_\d{16}_[0-9a-f-]{36}$/),
  ]);
});

function runOf(compressedBytes: number): Run {
  // Random text in hexadecimal compresses to half its length and a little.
  const message = randomBytes(compressedBytes).toString("hex");
  return { ...storedRun(1), log: [{ at: storedRun(1).createdAt, state: "queued", message }] };
}

test("a run is kept as long as a row holds it, and refused beyond", async () => {
  expect(await other.create(runOf(800_000))).toBe("created");
  expect(await other.get(storedRun(1).id)).toMatchObject({ version: 1 });
  await expect(other.save(runOf(1_000_000), 1)).rejects.toThrow(/^Run 0.* takes \d+ bytes compressed, and a row holds/);
  await expect(other.create({ ...runOf(1_000_000), id: storedRun(2).id })).rejects.toThrow(RangeError);
  expect((await other.list({ limit: 9 })).runs.map(({ id }) => id)).toEqual([storedRun(1).id]);
});

test.each([
  "",
  "x",
  "' or PartitionKey ne '",
  `0000000000000000_${"a".repeat(36)}`,
  `all_8640000000000000_${randomUUID()}`,
])("nothing comes after %j, which is no place in a list", async (after) => {
  await other.create(storedRun(1));
  expect(await other.list({ limit: 9, after })).toEqual({ runs: [], next: null });
});

test("an identity signs in with a token for storage, at an https address alone", async () => {
  const asked: string[] = [];
  const scopes: unknown[] = [];
  const store = openTableStore({
    table: "runs",
    endpoint: "https://account.table.core.windows.net/",
    credential: {
      getToken(scope, options) {
        scopes.push(scope);
        return credential.getToken(scope, options);
      },
    },
    httpClient: {
      async sendRequest(request) {
        asked.push(`${request.method} ${request.url} ${request.headers.get("authorization")}`);
        const status = request.method === "POST" ? 204 : 404;
        return { request, status, headers: createHttpHeaders(), bodyAsText: "" };
      },
    },
  });
  expect(await store.get(storedRun(1).id)).toBeNull();
  expect(asked).toEqual([
    "POST https://account.table.core.windows.net/Tables Bearer test-token",
    `GET https://account.table.core.windows.net/runs(PartitionKey='runs',RowKey='run_${storedRun(1).id}') Bearer test-token`,
  ]);
  expect(new Set(scopes.flat())).toEqual(new Set(["https://storage.azure.com/.default"]));
});

test.each([
  { table: "runs", endpoint: "http://account.table.core.windows.net", credential },
  { table: "a b", endpoint: "https://account.table.core.windows.net", credential },
  { table: "../x", connectionString: "UseDevelopmentStorage=true" },
])("%o is refused at once", (connection) => {
  expect(() => openTableStore(connection)).toThrow(TypeError);
});

test("that Azure is not reached, or will not now, is a problem to try again; a fault of ours is none", async () => {
  const unreached = storeOver(() => Promise.reject(new RestError("no", { code: "ECONNREFUSED" })), {
    answerWithinMs: 50,
  });
  const error = await unreached.create(storedRun(1)).catch((thrown: unknown) => thrown);
  expect(tableProblem(error)).toMatchObject({ code: "azure-unavailable", retryable: true });
  const busy = await storeOver(async (request) => unavailable(request))
    .create(storedRun(1))
    .catch((thrown: unknown) => thrown);
  expect(tableProblem(busy)).toMatchObject({ retryable: true });
  expect(tableProblem(new RangeError("too large"))).toBeNull();
});

describe("a list that selects runs", () => {
  const rows = () =>
    TableClient.fromConnectionString(azurite.connectionString, table, { allowInsecureConnection: true });
  const failed = (number: number) =>
    asEnded(storedRun(number, { trigger: { kind: "alert", by: "a test" } }), {
      outcome: { kind: "failed", summary: "It failed." },
    });

  test("finds those of earlier versions, whose rows say nothing", async () => {
    for (const run of [failed(1), asEnded(storedRun(2)), failed(3), storedRun(4)]) await other.create(run);
    for await (const { partitionKey, rowKey } of rows().listEntities<{ partitionKey: string; rowKey: string }>()) {
      if (/^(all|vm)_/.test(rowKey)) await rows().upsertEntity({ partitionKey, rowKey }, "Replace");
    }
    const ids = async (query: Partial<Parameters<RunStore["list"]>[0]>) =>
      (await other.list({ limit: 9, ...query })).runs.map(({ id }) => id);
    expect(await ids({ outcomes: ["failed"] })).toEqual([failed(3).id, failed(1).id]);
    expect(await ids({ triggers: ["alert"], outcomes: ["healthy", "failed"] })).toEqual([failed(3).id, failed(1).id]);
    expect(await ids({ triggers: ["terminal"] })).toEqual([storedRun(4).id, storedRun(2).id]);
    // One that an earlier version has begun, and this one has ended.
    await other.save(asEnded(storedRun(4), { outcome: { kind: "failed", summary: "It failed." } }), 1);
    expect(await ids({ outcomes: ["failed"], intents: ["diagnose"] })).toContain(storedRun(4).id);
  });

  test("reads none of the thousands that do not fit, looks at so many for one page, and says where to go on", async () => {
    await other.create(failed(0));
    // Rows of runs that were never stored: whoever reads one finds nothing.
    const many = Array.from({ length: 6000 }, (_, number) => storedRun(number + 1));
    for (let first = 0; first < many.length; first += 100) {
      await rows().submitTransaction(
        many.slice(first, first + 100).map((run) => {
          const [row] = listRows(asEnded(run));
          if (!row) throw new Error("A run has no row.");
          return ["create", row];
        }),
      );
    }
    const asked: string[] = [];
    const store = storeOver((request) => {
      if (request.method === "GET") asked.push(new URL(request.url).pathname);
      return network.sendRequest(request);
    });
    const first = await store.list({ outcomes: ["failed"], limit: 20 });
    expect(first).toEqual({ runs: [], next: expect.any(String) });
    const second = await store.list({ outcomes: ["failed"], limit: 20, after: first.next ?? "" });
    expect(second).toEqual({ runs: [failed(0)], next: null });
    expect(asked.length).toBeLessThanOrEqual(10);
  });
});
