import { randomUUID } from "node:crypto";
import type { Run } from "./core/run.ts";
import { systemClock } from "./local/clock.ts";
import { createLocalEngine, type LocalEngine } from "./local/engine.ts";
import { openSqliteStore } from "./local/sqlite-store.ts";
import type { Clock } from "./runs/ports.ts";
import { createRunService, type RunService } from "./runs/service.ts";
import type { Settings } from "./settings.ts";

export interface LocalService {
  readonly service: RunService;
  readonly engine: LocalEngine;
  close(): Promise<void>;
}

/** The whole service in this process: the local engine over SQLite, against the Azure that the settings name. */
export async function composeLocal(
  settings: Settings,
  { onSaved, clock = systemClock }: { onSaved?: (run: Run) => void; clock?: Clock } = {},
): Promise<LocalService> {
  // Loading the Azure SDKs takes a while that commands without Azure need not wait.
  const { connectAzure, createCredential } = await import("./azure/connect.ts");
  const azure = connectAzure({ ...settings.arm, credential: createCredential(settings.credential) });
  const store = openSqliteStore(settings.database);
  const engine = createLocalEngine({ store, ports: azure, clock, ...(onSaved ? { onSaved } : {}) });
  const service = createRunService(engine, () => clock.now(), randomUUID);
  return {
    service,
    engine,
    async close() {
      await engine.close();
      store.close();
    },
  };
}
