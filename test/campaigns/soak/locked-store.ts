import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { executedTwice, integrityOf } from "../violations.ts";
import { repairAll, type SoakPart, untilAllEnd } from "./part.ts";
import { openSetting } from "./setting.ts";

const lockedMs = 15_000;

/** Another program holds the store's write lock while runs are at work. */
export const lockedStore: SoakPart = {
  name: "locked store",
  async run() {
    const setting = await openSetting({ vms: 8, seconds: 2 });
    try {
      const { service, client } = await setting.serve();
      const runs = await repairAll(client, setting.azure.banner.vms);
      const other = new DatabaseSync(setting.database);
      other.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
      const released = setTimeout(lockedMs).then(() => other.exec("ROLLBACK"));
      const started = performance.now();
      const question = { body: { vm: setting.azure.banner.vms[0], mode: "repair" }, id: randomUUID() };
      const refused = await client.once("requester", "/api/runs", question);
      const answeredMs = Math.round(performance.now() - started);
      await released;
      other.close();
      const violations = [
        ...(refused?.status === 503 ? [] : [`A new run was answered ${refused?.status} before a locked store.`]),
        ...(await untilAllEnd(client, runs, "repaired")),
        ...executedTwice(setting.azure),
      ];
      await service.stop();
      return {
        figures: { runs: runs.length, "refused after, ms": answeredMs },
        violations: [...violations, ...integrityOf(setting.database)],
      };
    } finally {
      await setting.close();
    }
  },
};
