import { randomUUID } from "node:crypto";
import { fail, ok, type Result } from "./core/problem.ts";
import type { Run } from "./core/run.ts";
import type { Api } from "./http/api.ts";
import { systemClock } from "./local/clock.ts";
import { createLocalEngine, type LocalEngine } from "./local/engine.ts";
import { openSqliteStore } from "./local/sqlite-store.ts";
import type { Clock, RunEngine, RunStore, VmFinder } from "./runs/ports.ts";
import { createRunService, type RunService } from "./runs/service.ts";
import type { Settings } from "./settings.ts";

/** What the HTTP API stands on. */
export interface ApiBase {
  readonly service: RunService;
  readonly engine: RunEngine;
  readonly store: RunStore;
  readonly finder: VmFinder;
}

export interface LocalService extends ApiBase {
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
  const { runsAtWork } = settings;
  const engine = createLocalEngine({ store, ports: azure, clock, runsAtWork, ...(onSaved ? { onSaved } : {}) });
  const service = createRunService(engine, () => clock.now(), randomUUID);
  return {
    service,
    engine,
    store,
    finder: azure.finder,
    async close() {
      await engine.close();
      store.close();
    },
  };
}

/** The HTTP API of this service. Who may call it, and what they may do alone, is in the settings. */
export async function composeApi(
  { api: { signIn, ...rules }, alerts }: Settings,
  { service, engine, store, finder }: ApiBase,
  { clock = systemClock, onSurprise }: { clock?: Clock; onSurprise: (error: unknown, requestId: string) => void },
): Promise<Result<Api>> {
  if (!signIn) {
    return fail(
      "invalid-input",
      "The API cannot tell who calls. Set RDP_REMEDIATION_TENANT_ID and RDP_REMEDIATION_AUDIENCES.",
    );
  }
  const { createApi } = await import("./http/api.ts");
  const { createAuthenticate } = await import("./http/authentication.ts");
  const { createAlertReceiver } = await import("./http/alert-receiver.ts");
  const now = () => clock.now();
  return ok(
    createApi({
      service,
      engine,
      authenticate: createAuthenticate(signIn, now),
      receiveAlert: createAlertReceiver({ engine, store, policy: alerts, now }),
      findVms: (tag, scope) => finder.find(tag, scope),
      newId: randomUUID,
      onSurprise,
      settings: rules,
    }),
  );
}
