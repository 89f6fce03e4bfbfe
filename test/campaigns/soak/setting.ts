import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "../processes/client.ts";
import { type SandboxProcess, startSandboxProcess } from "../processes/sandbox-process.ts";
import { freePort, type ServiceProcess, startService, untilServing } from "../processes/service-process.ts";
import { brokenVms, settingsFor } from "../processes/world.ts";

/** A simulated Azure, and services of the terminal's `serve` on one SQLite file. */
export interface Setting {
  readonly azure: SandboxProcess;
  readonly folder: string;
  readonly database: string;
  /** One more service on the same file. */
  serve(): Promise<{ service: ServiceProcess; client: Client }>;
  close(): Promise<void>;
}

export async function openSetting({
  vms,
  seconds,
  settings = {},
  program,
}: {
  vms: number;
  seconds?: number;
  settings?: Record<string, string>;
  program?: string | undefined;
}): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), "campaign-soak-"));
  const database = join(folder, "store", "runs.sqlite");
  const azure = await startSandboxProcess(brokenVms(vms, seconds === undefined ? {} : { seconds }));
  const services: ServiceProcess[] = [];
  return {
    azure,
    folder: join(folder, "store"),
    database,
    async serve() {
      const more = { RDP_REMEDIATION_DATABASE: database, ...settings };
      const service = startService("sqlite", await freePort(), settingsFor(azure.banner, more), program);
      services.push(service);
      await untilServing(service);
      return { service, client: await createClient(service.url, azure) };
    },
    async close() {
      for (const service of services) await service.kill();
      await azure.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
