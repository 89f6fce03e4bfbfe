import { readFileSync, statSync } from "node:fs";
import { executedTwice } from "../violations.ts";
import { repairAll, type SoakPart, untilAllEnd } from "./part.ts";
import { openSetting } from "./setting.ts";

const vmCount = 20;

/** Repairs, wave after wave, by one service: its memory must not grow with the runs that it has done. */
export const load: SoakPart = {
  name: "load",
  what: "Repairs, wave after wave, by one service: its memory must not grow with the runs that it has done.",
  async run({ runs }) {
    const setting = await openSetting({
      vms: vmCount,
      seconds: 0.3,
      settings: { RDP_REMEDIATION_RUNS_AT_WORK: String(vmCount) },
    });
    try {
      const { service, client } = await setting.serve();
      const violations: string[] = [];
      const waves = Math.ceil(runs / vmCount);
      const memory: number[] = [];
      for (let wave = 0; wave < waves; wave += 1) {
        const ids = await repairAll(client, setting.azure.banner.vms);
        // Only the first wave finds something to repair.
        violations.push(...(await untilAllEnd(client, ids, wave === 0 ? "repaired" : "healthy")));
        memory.push(residentMb(service.pid));
      }
      violations.push(...executedTwice(setting.azure));
      const early = Math.max(...memory.slice(0, Math.ceil(waves / 2)));
      const late = Math.max(...memory);
      if (late > early * 1.25) violations.push(`The memory grew from ${early} to ${late} MB in the second half.`);
      const bytes = statSync(setting.database).size;
      return {
        figures: {
          runs: waves * vmCount,
          "memory first half, MB": early,
          "memory at most, MB": late,
          "bytes per run": Math.round(bytes / (waves * vmCount)),
        },
        violations,
      };
    } finally {
      await setting.close();
    }
  },
};

/** The resident memory of a process on Linux. */
function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024);
}
