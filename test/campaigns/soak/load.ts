import { readFileSync, statSync } from "node:fs";
import { executedTwice } from "../violations.ts";
import { repairAll, type SoakPart, untilAllEnd } from "./part.ts";
import { openSetting } from "./setting.ts";

const vmCount = 20;

/** Twice what is in use while 20 runs are at work, in MB: what is kept of each run ends the service. */
const heapMb = 128;

/** Repairs, wave after wave, by one service: its memory, of which it has little, must not grow with the runs that it has done. */
export const load: SoakPart = {
  name: "load",
  what: `Repairs, wave after wave, by one service with ${heapMb} MB for its objects: its memory must not grow with the runs that it has done.`,
  async run({ runs }) {
    const setting = await openSetting({
      vms: vmCount,
      seconds: 0.3,
      settings: { RDP_REMEDIATION_RUNS_AT_WORK: String(vmCount), NODE_OPTIONS: `--max-old-space-size=${heapMb}` },
    });
    try {
      const { service, client } = await setting.serve();
      const died = service.ended.then(() => {
        throw new Error(`The service has ended: ${service.said()}`);
      });
      died.catch(() => {}); // It is ended when the part is over.
      const violations: string[] = [];
      const waves = Math.ceil(runs / vmCount);
      const memory: number[] = [];
      for (let wave = 0; wave < waves; wave += 1) {
        const ids = await Promise.race([repairAll(client, setting.azure.banner.vms), died]);
        // Only the first wave finds something to repair.
        const ended = untilAllEnd(client, ids, wave === 0 ? "repaired" : "healthy");
        violations.push(...(await Promise.race([ended, died])));
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
