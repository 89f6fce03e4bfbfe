import type { Run } from "../../lib/core/run.ts";
import { cleanText } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { truncateText } from "./wrap.ts";

/** A run without its evidence and plan, for lists. */
export function summarizeRun(
  run: Run,
): Pick<Run, "id" | "vm" | "intent" | "trigger" | "state" | "outcome" | "createdAt" | "updatedAt"> {
  const { id, vm, intent, trigger, state, outcome, createdAt, updatedAt } = run;
  return { id, vm, intent, trigger, state, outcome, createdAt, updatedAt };
}

/** Two lines per run: its time, intent and outcome; its VM and its id, for `show` and `undo`. */
export function renderRuns(runs: readonly Run[], { more, layout }: { more: boolean; layout: Layout }): string[] {
  if (runs.length === 0) return ["No run is stored on this machine."];
  const rows = runs.flatMap(({ id, vm, intent, state, outcome, createdAt }) => {
    const when = `${createdAt.slice(0, 10)} ${createdAt.slice(11, 16)}Z`;
    const name = cleanText(`${vm.resourceGroup}/${vm.name}`);
    const line = `${when}  ${intent.padEnd(8)}  ${(outcome?.kind ?? state).padEnd(17)}  ${name}`;
    return [truncateText(line, layout.width), layout.paint("quiet", `  ${id}`)];
  });
  return more ? [...rows, "There are older runs: increase --limit."] : rows;
}
