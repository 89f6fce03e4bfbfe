import { type Check, healthy, noted } from "../core/check.ts";
import { judgeFrom } from "./_section.ts";

const dayMs = 86_400_000;
const longDays = 30;

/** Updates that wait for a restart for weeks leave files and services of two versions in use. Not a fault by itself. */
export const windowsWaitsForNoRestart: Check = {
  id: "windows-waits-for-no-restart",
  title: "No update has waited for a restart for weeks",
  run: judgeFrom(["system"], ({ system }, { guest }) => {
    const days = Math.floor((Date.parse(guest.collectedAt) - Date.parse(system.bootTime)) / dayMs);
    const facts = { pendingReboot: system.pendingReboot, bootTime: system.bootTime };
    if (!system.pendingReboot) return healthy("No update waits for a restart.", facts);
    if (days < longDays) return healthy(`An update waits for a restart; Windows started ${days} days ago.`, facts);
    return noted(
      `An update waits for a restart, and Windows started ${days} days ago. Restart the VM at a convenient time.`,
      facts,
    );
  }),
};
