import { setTimeout } from "node:timers/promises";
import { executedTwice } from "../violations.ts";
import { repairAll, type SoakPart, untilAllEnd } from "./part.ts";
import { openSetting } from "./setting.ts";

/** Two services share a store, and the one that works on all runs dies. */
export const takeOver: SoakPart = {
  name: "take-over",
  what: "Two services share a store, and the one that works on all runs is killed: the other goes on with them.",
  async run() {
    const setting = await openSetting({ vms: 10, seconds: 4 });
    try {
      const first = await setting.serve();
      const second = await setting.serve();
      const runs = await repairAll(first.client, setting.azure.banner.vms);
      await setTimeout(3000);
      await first.service.kill();
      const killed = Date.now();
      const violations = await untilAllEnd(second.client, runs, "repaired");
      const seconds = Math.round((Date.now() - killed) / 1000);
      return {
        figures: { runs: runs.length, "all ended after, s": seconds },
        violations: [...violations, ...executedTwice(setting.azure)],
      };
    } finally {
      await setting.close();
    }
  },
};
