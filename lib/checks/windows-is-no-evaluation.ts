import { type Check, healthy, noted } from "../core/check.ts";
import { fitting, judgeFrom } from "./_section.ts";

/** An evaluation whose time is over shuts down every hour. */
const hourMs = 3_600_000;

/** How long its time is over is not read: a note tells where to look. [EVAL][EVC] */
export const windowsIsNoEvaluation: Check = {
  id: "windows-is-no-evaluation",
  title: "Windows is no evaluation edition, which shuts down when its time is over",
  run: judgeFrom(["system"], ({ system }, { guest }) => {
    if (!system.evaluation) return healthy("Windows is no evaluation edition.");
    const sinceMs = Date.parse(guest.collectedAt) - Date.parse(system.bootTime);
    const started = `It started ${Math.floor(sinceMs / 60_000)} minutes ago.`;
    return noted(
      fitting(
        "This is an evaluation edition of Windows. After 180 days it shuts down every hour, and every session ends.",
        sinceMs < hourMs ? started : "",
        "See its end with slmgr /dlv; dism /online /set-edition with a product key makes it a full one.",
      ),
      { bootTime: system.bootTime },
    );
  }),
};
