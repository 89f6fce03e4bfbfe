import { ok, type Result } from "../lib/core/problem.ts";
import type { Run } from "../lib/core/run.ts";
import { vmKey } from "../lib/core/vm-id.ts";
import { openRunList, type RunList } from "../lib/local/run-list.ts";
import type { SqliteStore } from "../lib/local/sqlite-store.ts";
import { summarizeRun } from "../lib/run-view/summarize-run.ts";
import { openDatabase } from "./history.ts";
import type { History } from "./runs-port.ts";

/** The runs that are stored on this machine. What reads whole runs is loaded when it is needed, and not for a list. */
export function createLocalHistory(database: string): History {
  async function withList<T>(read: (list: RunList) => T): Promise<Result<T>> {
    const list = await openDatabase(database, () => openRunList(database));
    if (!list.ok) return list;
    try {
      return ok(read(list.value));
    } finally {
      list.value.close();
    }
  }

  async function withRun<T>(runId: string, read: (run: Run, store: SqliteStore) => Promise<T>): Promise<Result<T>> {
    const { openSqliteStore } = await import("../lib/local/sqlite-store.ts");
    const { readStoredRun } = await import("../lib/runs/read-stored-run.ts");
    const store = await openDatabase(database, () => openSqliteStore(database));
    if (!store.ok) return store;
    try {
      const stored = await readStoredRun(store.value, runId);
      return stored.ok ? ok(await read(stored.value.run, store.value)) : stored;
    } finally {
      store.value.close();
    }
  }

  return {
    list: ({ vm, ...query }) =>
      withList((list) => {
        const { runs, ...page } = list.list({ ...query, vmKey: vm && vmKey(vm) });
        return { ...page, runs: runs.map(summarizeRun) };
      }),
    idsWith: (prefix, limit) => withList((list) => list.idsWith(prefix, limit)),
    get: (runId) =>
      withRun(runId, async (run, store) => {
        const { findUndo } = await import("../lib/runs/intake/find-undo.ts");
        const { viewLocalRun } = await import("./local-runs.ts");
        return viewLocalRun(run, await findUndo(store, run));
      }),
    report: (runId, format, simulated) =>
      withRun(runId, async (run, store) => {
        const undoneBy = await (await import("../lib/runs/intake/find-undo.ts")).findUndo(store, run);
        if (format === "markdown") return (await import("../lib/report/markdown.ts")).markdownReport(run, undoneBy);
        return (await import("../lib/report/html.ts")).htmlReport(run, { simulated, undoneBy });
      }),
    supportBundle: (runId, options) =>
      withRun(runId, async (run) => (await import("../lib/report/zip-bundle.ts")).zipBundle(run, options).zip),
  };
}
