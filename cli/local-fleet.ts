import { randomUUID } from "node:crypto";
import type { LocalService } from "../lib/compose.ts";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import { createOperation } from "../lib/fleet/create-operation.ts";
import { decideAboutPlans } from "../lib/fleet/fleet-engine.ts";
import type { FleetOperation } from "../lib/fleet/fleet-operation.ts";
import { type OperationView, viewOperation } from "../lib/fleet/operation-view.ts";
import type { OperationStore } from "../lib/fleet/ports.ts";
import { allResultRows, type ResultRow } from "../lib/fleet/results.ts";
import { scanRows } from "../lib/fleet/scan-rows.ts";
import { describeSelection, selectTargets } from "../lib/fleet/select-targets.ts";
import type { FleetHistory, FleetPort } from "./fleet-port.ts";
import { withHistory } from "./history.ts";
import { userName, waitForAbort } from "./local-runs.ts";
import type { Request } from "./request.ts";

/** How often the progress of an operation is read, in milliseconds. */
const lookEveryMs = 1000;

/** Operations of the engine in this process. */
export function createLocalFleet(local: LocalService): FleetPort {
  const by = userName();
  const view = (found: Result<FleetOperation>): Result<OperationView> =>
    found.ok ? ok(viewOperation(found.value)) : found;

  return {
    async start({ intent, policy, selection, options: { maximumRisk = "interrupts-sessions", ...options } }) {
      const found = await selectTargets(local.inventory, selection, async () => ok(true));
      if (!found.ok) return found;
      const created = createOperation(
        {
          id: randomUUID(),
          intent,
          options: { ...options, maximumRisk },
          trigger: { kind: "terminal", by },
          request: "",
          selection: describeSelection(selection),
          policy,
          targets: found.value.targets,
        },
        new Date(),
      );
      return created.ok ? ok(viewOperation(await local.fleet.start(created.value))) : created;
    },
    get: async (id) => view(await local.fleet.get(id)),
    signal: async (id, kind) => view(await local.fleet.signal(id, { kind, by })),
    async decide(id, { plan, approved }) {
      const found = await local.fleet.get(id);
      if (!found.ok) return found;
      const waiting = found.value.active.find((one) => one.plan?.fingerprint.startsWith(plan))?.plan;
      const decision = { kind: "decide", fingerprint: waiting?.fingerprint ?? plan, approved, by } as const;
      const signal = decideAboutPlans(found.value, decision, true);
      return signal.ok ? view(await local.fleet.signal(id, signal.value)) : signal;
    },
    async settled(id, onNews, stopped) {
      await local.engine.resume(({ operation }) => operation?.id === id);
      const look = async () => {
        const found = await local.fleet.get(id);
        if (found.ok) onNews(viewOperation(found.value));
      };
      const timer = setInterval(() => void look().catch(() => {}), lookEveryMs);
      try {
        const settled = local.fleet.settled(id).then((operation) => ok(viewOperation(operation)));
        return await Promise.race([settled, waitForAbort(stopped)]);
      } finally {
        clearInterval(timer);
      }
    },
    async lockouts(id, days) {
      const found = await local.fleet.get(id);
      return found.ok ? ok(await scanRows(local, found.value, days, 0, found.value.total)) : found;
    },
  };
}

/** Operations that are stored on this machine. */
export function createLocalFleetHistory(request: Request): FleetHistory {
  function withOperation<T>(
    id: string,
    read: (operation: FleetOperation, store: OperationStore) => T | Promise<T>,
  ): Promise<Result<T>> {
    return withHistory(request, async (store) => {
      const stored = await store.getOperation(id);
      if (stored) return ok(await read(stored.operation, store));
      return fail("operation-not-found", `There is no operation ${id} here. fleet list lists them.`);
    });
  }

  return {
    list: (limit) =>
      withHistory(request, async (store) => ok((await store.listOperations({ limit })).operations.map(viewOperation))),
    get: (id) => withOperation(id, viewOperation),
    rows: (id) =>
      withOperation(id, async (operation, store) => {
        const rows: ResultRow[] = [];
        for await (const row of allResultRows(store, operation)) rows.push(row);
        return rows;
      }),
  };
}
