import type { ScanRow } from "../../lib/scan/scan-row.ts";
import { cleanAll } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { renderLockouts } from "./lockouts.ts";
import { renderSection } from "./section.ts";
import { shortNameOf } from "./vm-name.ts";
import { wrapText } from "./wrap.ts";

/** The result of a look at many VMs: what will lock people out first, then what is broken now and what was not seen. */
export function renderScan(
  given: readonly ScanRow[],
  { days, out }: { days: number; out: string | null },
  layout: Layout,
): string[] {
  const rows = cleanAll(given);
  const ahead = rows
    .flatMap(({ vm, lockouts }) => lockouts.map((lockout) => ({ vm, lockout })))
    .toSorted((a, b) => timeOf(a.lockout).localeCompare(timeOf(b.lockout)));
  const broken = rows.filter(({ looked, faults }) => looked && faults.length > 0);
  const unseen = rows.filter(({ looked }) => !looked);
  const quiet = rows.filter((row) => row.looked && row.faults.length + row.lockouts.length === 0);
  return [
    ...renderSection(
      `Within ${days} days`,
      ahead.length > 0
        ? ahead.flatMap(({ vm, lockout }) => renderLockouts([lockout], layout, shortNameOf(vm)))
        : ["  Nothing that was looked at will lock people out."],
      layout,
    ),
    ...renderSection(
      "Broken now",
      broken.flatMap(({ vm, faults }) => [
        `  ${shortNameOf(vm)}`,
        ...faults.flatMap(({ check, because }) => wrapText(`${check}: ${because}`, layout.width, "    ")),
      ]),
      layout,
    ),
    ...renderSection(
      "Not seen inside",
      unseen.flatMap(({ vm, summary, faults }) =>
        wrapText(`${shortNameOf(vm)}: ${faults[0]?.because ?? summary}`, layout.width, "  ", "    "),
      ),
      layout,
    ),
    "",
    `${rows.length} VMs: ${quiet.length} in order, ${rows.filter(({ lockouts }) => lockouts.length > 0).length} with a lock-out ahead, ${broken.length} broken now, ${unseen.length} not seen inside.`,
    ...(out ? [`Wrote ${out}.`] : []),
  ];
}

function timeOf({ when }: ScanRow["lockouts"][number]): string {
  return when.on === "date" ? when.at : when.on;
}
