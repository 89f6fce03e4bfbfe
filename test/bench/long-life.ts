import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { vmKey } from "../../lib/core/vm-id.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import { forgetOldRuns } from "../../lib/runs/maintenance/retention.ts";
import { unfinishedRuns } from "../../lib/runs/maintenance/unfinished-runs.ts";
import { endedRun } from "../fixtures/ended-run.ts";
import { type Benchmark, measureTime, median } from "./benchmark.ts";

const runs = 100_000;
const days = 180;
const rounds = 5;
/** Of so many days the oldest runs are deleted: about 2,000. */
const deletedDays = 4;

const newest = Date.parse("2026-11-21T08:00:00Z");

/** Fills the file past the store, which would flush each run: only reading is measured. */
async function fill(file: string): Promise<void> {
  openSqliteStore(file).close();
  const run = await endedRun();
  const body = JSON.stringify(run);
  const db = new DatabaseSync(file);
  db.exec("PRAGMA synchronous = OFF; BEGIN");
  const insert = db.prepare(
    "INSERT INTO runs (id, vm_key, state, created_at, version, body, unfinished) VALUES (?, ?, 'ended', ?, 20, ?, 0)",
  );
  for (let number = 0; number < runs; number += 1) {
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    const at = new Date(newest - (number * days * 86_400_000) / runs).toISOString();
    const own = body.replaceAll(run.id, id).replaceAll(run.createdAt, at).replaceAll(run.updatedAt, at);
    insert.run(id, vmKey({ ...run.vm, name: `vm-${number % 5000}` }), at, own);
  }
  db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

/** What a service does before it serves: it opens the file and looks for unfinished runs. */
async function start(file: string): Promise<{ store: SqliteStore; ms: number }> {
  const begun = performance.now();
  const store = openSqliteStore(file);
  for await (const _ of unfinishedRuns(store));
  return { store, ms: performance.now() - begun };
}

async function timeStart(file: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { store, ms } = await start(file);
    store.close();
    times.push(ms);
  }
  return median(times);
}

async function timeList(store: SqliteStore): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    await store.list({ limit: 100 });
    times.push(performance.now() - begun);
  }
  return median(times);
}

/** Deletes the oldest runs, and returns the longest time in which nothing else could be done. */
async function timeRetention(store: SqliteStore): Promise<{ longest: number; deleted: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let deleted = 0;
  const counting = {
    ...store,
    async remove(run: Parameters<SqliteStore["remove"]>[0]) {
      deleted += 1;
      await store.remove(run);
    },
  };
  delay.enable();
  await forgetOldRuns({ store: counting, keepRunsDays: days - deletedDays, now: () => new Date(newest) });
  delay.disable();
  return { longest: delay.max / 1e6, deleted };
}

export const longLife: Benchmark = {
  names: ["start.with-100000-runs-ms", "list.with-100000-runs-ms", "retention.longest-slice-ms", "store.bytes-per-run"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "bench-long-"));
    try {
      const [full, empty] = [join(folder, "full.sqlite"), join(folder, "empty.sqlite")];
      await fill(full);
      const bytes = statSync(full).size / runs;
      const startMs = await timeStart(full);
      const emptyMs = await timeStart(empty);
      const { store } = await start(full);
      const listMs = await timeList(store);
      const { longest, deleted } = await timeRetention(store);
      store.close();
      return [
        measureTime("start.with-100000-runs-ms", startMs, "ms", "under 1,000; against an empty file", emptyMs),
        measureTime("list.with-100000-runs-ms", listMs, "ms", "under 1,000; the newest 100"),
        measureTime("retention.longest-slice-ms", longest, "ms", `under 50; ${deleted} runs deleted`),
        measureTime("store.bytes-per-run", Math.round(bytes), "bytes", "a repair that has ended"),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
