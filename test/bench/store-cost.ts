import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { TableClient, type TransactionAction } from "@azure/data-tables";
import { openTableStore } from "../../lib/azure/tables/table-store.ts";
import type { Run } from "../../lib/core/run.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import type { RunStore } from "../../lib/runs/ports.ts";
import { startAzurite } from "../fixtures/azurite.ts";
import { storedRun } from "../fixtures/stored-run.ts";
import { type Benchmark, type Measurement, measureTime, median } from "./benchmark.ts";

const rounds = 9;
/** So many runs are stored and saved at once in a round, as by runs at work and alerts. */
const together = 16;
const saves = 4;

/** A run with evidence, of the size that runs have when they end. */
function runOf(id: string): Run {
  return { ...storedRun(1, { state: "verifying" }), id };
}

/** Stores new runs and saves each some times; each waits for its own disk or its own response. */
async function storeRuns(store: RunStore): Promise<void> {
  await Promise.all(
    Array.from({ length: together }, async () => {
      const run = runOf(randomUUID());
      await store.create(run);
      for (let version = 1; version <= saves; version += 1) await store.save(run, version);
    }),
  );
}

/** The same runs as bare rows, each write a transaction of its own that waits for the disk. */
function writeRows(db: DatabaseSync): void {
  const insert = db.prepare("INSERT INTO rows VALUES (?, ?)");
  const update = db.prepare("UPDATE rows SET body = ? WHERE id = ?");
  for (let number = 0; number < together; number += 1) {
    const run = runOf(randomUUID());
    insert.run(run.id, JSON.stringify(run));
    for (let version = 1; version <= saves; version += 1) update.run(JSON.stringify(run), run.id);
  }
}

async function sqliteCost(): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), "bench-store-"));
  const store = openSqliteStore(join(folder, "store.sqlite"));
  const raw = new DatabaseSync(join(folder, "raw.sqlite"));
  raw.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id TEXT PRIMARY KEY, body TEXT)");
  const times = await alternate(
    () => storeRuns(store),
    async () => writeRows(raw),
  );
  raw.close();
  store.close();
  rmSync(folder, { recursive: true });
  const goal = `a write of a run, ${together} at once, against SQLite alone`;
  return measureTime("store.vs-raw", times.store, "ms", goal, times.raw);
}

async function tablesCost(): Promise<Measurement> {
  const azurite = await startAzurite();
  try {
    const store = openTableStore({ table: "store", connectionString: azurite.connectionString });
    const raw = TableClient.fromConnectionString(azurite.connectionString, "raw", { allowInsecureConnection: true });
    await raw.createTable();
    const writeEntities = async () => {
      await Promise.all(
        Array.from({ length: together }, async () => {
          const run = runOf(randomUUID());
          const row = { partitionKey: "runs", rowKey: run.id, body: gzipSync(JSON.stringify(run)) };
          const lists = [1, 2, 3].map((list) => ({ partitionKey: "runs", rowKey: `${list}_${run.id}` }));
          await raw.submitTransaction([row, ...lists].map((one): TransactionAction => ["create", one]));
          for (let version = 1; version <= saves; version += 1) await raw.updateEntity(row, "Replace");
        }),
      );
    };
    const times = await alternate(() => storeRuns(store), writeEntities);
    const goal = `a write of a run, ${together} at once, against the SDK alone, on Azurite`;
    return measureTime("store.vs-raw-tables", times.store, "ms", goal, times.raw);
  } finally {
    await azurite.close();
  }
}

/** Milliseconds of one write: the median of rounds that take turns, so that other load affects both. */
async function alternate(
  store: () => Promise<void>,
  raw: () => Promise<void>,
): Promise<{ store: number; raw: number }> {
  const times: { store: number[]; raw: number[] } = { store: [], raw: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, work] of [["store", store] as const, ["raw", raw] as const]) {
      const begun = performance.now();
      await work();
      if (round >= 0) times[name].push((performance.now() - begun) / (together * (1 + saves)));
    }
  }
  return { store: median(times.store), raw: median(times.raw) };
}

export const storeCost: Benchmark = {
  names: ["store.vs-raw", "store.vs-raw-tables"],
  run: async () => [await sqliteCost(), await tablesCost()],
};
