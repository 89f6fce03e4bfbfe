import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { executedTwice, integrityOf } from "../violations.ts";
import { repairAll, type SoakPart, untilAllEnd } from "./part.ts";
import { openSetting } from "./setting.ts";

/** Another program holds the store's write lock while runs are at work. */
export const lockedStore: SoakPart = {
  name: "locked store",
  what: "Another program holds the write lock of the store for 15 s while runs are at work. A new run is refused with 503 meanwhile, and runs can be read.",
  async run({ isShort = false, program }) {
    const lockedMs = isShort ? 3000 : 15_000;
    const setting = await openSetting({ vms: isShort ? 2 : 8, seconds: 2, program });
    try {
      const { service, client } = await setting.serve();
      const runs = await repairAll(client, setting.azure.banner.vms);
      const other = new DatabaseSync(setting.database);
      other.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
      let isLocked = true;
      const released = setTimeout(lockedMs).then(() => {
        other.exec("ROLLBACK");
        isLocked = false;
      });
      const started = performance.now();
      const question = { body: { vm: setting.azure.banner.vms[0], mode: "repair" }, id: randomUUID() };
      const refused = await client.once("requester", "/api/runs", question);
      const answeredMs = Math.round(performance.now() - started);
      // What only reads goes on: a service that waits for the lock itself would answer nothing.
      const read = await client.once("requester", `/api/runs/${runs[0]}`);
      const readWhileLocked = isLocked ? read?.status : 200;
      await released;
      other.close();
      const violations = [
        ...(refused?.status === 503 ? [] : [`A new run was answered ${refused?.status} before a locked store.`]),
        ...(readWhileLocked === 200 ? [] : [`Reading a run was answered ${readWhileLocked} before a locked store.`]),
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
