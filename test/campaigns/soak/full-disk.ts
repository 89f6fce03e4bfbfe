import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { executedTwice, integrityOf } from "../violations.ts";
import { repairAll, type SoakPart, type SoakResult, untilAllEnd } from "./part.ts";
import { openSetting } from "./setting.ts";

/** The disk of the store fills up while runs are at work, and has room again later. */
export const fullDisk: SoakPart = {
  name: "full disk",
  what: "The disk of the store is full for 16 s while runs are at work. A new run is refused and health is 503 meanwhile.",
  async run(): Promise<SoakResult> {
    const setting = await openSetting({ vms: 8, seconds: 2 });
    mkdirSync(setting.folder);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", setting.folder]);
    if (mounted.status !== 0) {
      await setting.close();
      return { figures: { "not run": "mounting a tmpfs needs root" }, violations: [] };
    }
    try {
      const { service, client } = await setting.serve();
      const runs = await repairAll(client, setting.azure.banner.vms);
      const filler = join(setting.folder, "filler");
      fill(filler);
      const refused = await client.once("requester", "/api/runs", {
        body: { vm: setting.azure.banner.vms[0], mode: "repair" },
        id: randomUUID(),
      });
      // A health that was asked for before the disk was full is fresh for a while.
      await setTimeout(16_000);
      const health = await client.once("requester", "/api/health");
      rmSync(filler);
      const violations = [
        ...(refused?.status === 503 ? [] : [`A new run was answered ${refused?.status} on a full disk.`]),
        ...(health?.status === 503 ? [] : [`Health was ${health?.status} on a full disk.`]),
        ...(await untilAllEnd(client, runs, "repaired")),
        ...executedTwice(setting.azure),
      ];
      await service.stop();
      return { figures: { runs: runs.length }, violations: [...violations, ...integrityOf(setting.database)] };
    } finally {
      // Lazily: the service may still have files open.
      spawnSync("umount", ["-l", setting.folder]);
      await setting.close();
    }
  },
};

/** Writes until nothing more fits. */
function fill(file: string): void {
  for (let bytes = 1 << 20; bytes >= 512; ) {
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: "a" });
    } catch {
      bytes /= 2;
    }
  }
}
