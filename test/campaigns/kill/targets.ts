import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openTableStore } from "../../../lib/azure/tables/table-store.ts";
import type { Outbox } from "../../../lib/core/delivery.ts";
import { openSqliteStore } from "../../../lib/local/sqlite-store.ts";
import type { RunStore } from "../../../lib/runs/ports.ts";
import type { Banner } from "../../../sandbox/banner.ts";
import { launchHost, stageApp, startStorage } from "../../e2e/host/functions-host.ts";
import { startAzurite } from "../../fixtures/azurite.ts";
import { type ServiceProcess, startService } from "../processes/service-process.ts";
import { settingsFor } from "../processes/world.ts";
import { integrityOf } from "../violations.ts";

export const targetNames = ["sqlite", "tables", "host"] as const;
export type TargetName = (typeof targetNames)[number];

/** A service that is killed and started again, over a store that lives on. */
export interface Target {
  /** Starts the service, without waiting until it serves. */
  start(): Pick<ServiceProcess, "url" | "kill" | "said" | "ended">;
  /** What must never be of the store, in sentences: after a kill, and at the end. */
  damage(): string[];
  left(): string[];
  /** The store, for whoever looks at it from outside. */
  open(): Pick<RunStore, "get"> & Outbox;
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly azure: Banner;
  readonly port: number;
  /** A folder of its own, which its caller removes. */
  readonly folder: string;
  /** A bundle of `serve`, which starts faster than the sources. */
  readonly program?: string | undefined;
  /** Settings besides those of every campaign. */
  readonly settings?: Readonly<Record<string, string>>;
}

const table = "campaign";

export const openTarget: Readonly<Record<TargetName, (options: TargetOptions) => Promise<Target>>> = {
  /** `serve` over SQLite. */
  async sqlite({ azure, port, folder, program, settings }) {
    const database = join(folder, "runs.sqlite");
    const environment = settingsFor(azure, { ...settings, RDP_REMEDIATION_DATABASE: database });
    return {
      start: () => startService("sqlite", port, environment, program),
      damage: () => integrityOf(database),
      left: () => claimsLeft(database),
      open: () => openSqliteStore(database),
      close: async () => {},
    };
  },
  /** The composition of the Functions app over Azure Tables, with a scheduler in its process. */
  async tables({ azure, port, settings }) {
    const { connectionString, close } = await startAzurite();
    const environment = settingsFor(azure, { ...settings, ...tableSettings(connectionString) });
    return { start: () => startService("tables", port, environment), ...overTables(connectionString), close };
  },
  /** The Functions app as it is packed, in a Functions host. */
  async host({ azure, port, settings }) {
    const [app, storage] = await Promise.all([stageApp(), startStorage()]);
    const environment = settingsFor(azure, { ...settings, ...tableSettings(storage.connectionString) });
    return {
      start() {
        const { log, ...host } = launchHost(app.folder, port, environment);
        return { ...host, said: log };
      },
      ...overTables(storage.connectionString),
      async close() {
        await storage.close();
        app.remove();
      },
    };
  },
};

function tableSettings(connectionString: string) {
  return { AzureWebJobsStorage: connectionString, RDP_REMEDIATION_TABLE: table };
}

function overTables(connectionString: string): Pick<Target, "damage" | "left" | "open"> {
  return { damage: () => [], left: () => [], open: () => openTableStore({ table, connectionString }) };
}

/** Claims of runs that have ended. Their next claimant would take them over; but they should be gone. */
function claimsLeft(database: string): string[] {
  const db = new DatabaseSync(database, { readOnly: true });
  const left = db
    .prepare(
      "SELECT claims.vm_key FROM claims JOIN runs ON runs.id = claims.run_id WHERE state = 'ended' AND claims.vm_key NOT LIKE 'slot/%'",
    )
    .all();
  db.close();
  return left.map(({ vm_key: vm }) => `The claim on ${String(vm)} was left.`);
}
