import type { Lockout } from "../../lib/scan/lockout.ts";
import { cleanAll } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { relativeTime, renderTime, tellTimes } from "./time.ts";
import { wrapText } from "./wrap.ts";

/** What will lock people out unless somebody acts: when, of which VM where several are told of, why, and the cure. */
export function renderLockouts(lockouts: readonly Lockout[], layout: Layout, vm?: string): string[] {
  return cleanAll(lockouts).flatMap(({ when, because, cure }) => [
    `  ${layout.paint("doubt", timeOf(when))}${vm ? `  ${vm}` : ""}`,
    ...wrapText(tellTimes(because), layout.width, "    "),
    ...wrapText(cure, layout.width, "    "),
  ]);
}

function timeOf(when: Lockout["when"]): string {
  switch (when.on) {
    case "date":
      return `${renderTime(when.at)} (${relativeTime(when.at)})`;
    case "restart":
      return "at the next restart of Windows";
    case "repair":
      return "when a repair is needed";
  }
}
