import type { Problem } from "../../core/problem.ts";
import type { Outcome, Run } from "../../core/run.ts";
import { traitsOf } from "../../core/vm-kinds.ts";

/*
 * A resource that is moved to another resource group or subscription gets another id, and its former one is not found any
 * more. Source: learn.microsoft.com, azure/azure-resource-manager/management/move-resource-group-and-subscription. Its unique
 * id stays. What a run changed is on its disk, whatever its name is.
 */

/** Adds to the outcome where the machine may be now, and what to do about changes that stand. */
export function adviseOnLost(run: Run, outcome: Outcome): Outcome {
  const { problem } = outcome;
  if (problem?.code !== "vm-not-found") return outcome;
  const advice = adviceOnLost(run);
  if (advice === "") return outcome;
  return {
    ...outcome,
    summary: `${outcome.summary}${advice}`,
    problem: { ...problem, message: `${problem.message}${advice}` },
  };
}

/** The message of a problem after which a script's reply could not be read, with the same advice. */
export function messageOnLost(run: Run, { code, message }: Problem): string {
  return code === "vm-not-found" ? `${message}${adviceOnLost(run)}` : message;
}

/** Empty when Azure never said which machine it is, or an instance of a scale set is meant: none is moved by itself. */
function adviceOnLost(run: Run): string {
  const uniqueId = run.before?.azure.vm.uniqueId ?? run.plan?.undo?.machine;
  if (uniqueId === undefined || traitsOf(run.vm).reusesNames) return "";
  const deletes = run.before?.azure.vm.spot?.evictionPolicy?.toLowerCase() === "delete";
  const evicted = deletes
    ? " It was a Spot VM with the eviction policy Delete: an eviction deletes it with its disks."
    : "";
  const moved = ` If it was moved, it has another id: az graph query -q "Resources | where properties.vmId =~ '${uniqueId}' | project id" shows it.`;
  return `${evicted}${moved}${whatStands(run)}`;
}

function whatStands({ id, intent, plan, receipts, weakening, script }: Run): string {
  const changed = intent === "undo" ? plan?.undo?.run : id;
  const isApplied = script?.script === "apply" && (script.phase !== "ready" || script.mayHaveRun);
  const mayStand = intent === "undo" || weakening !== null || isApplied || receipts.some((receipt) => receipt.changed);
  if (!mayStand || changed === undefined) return " Diagnose it under that id.";
  return ` The changes of run ${changed} are on its disk, with their journal (C:\\Windows\\RdpRemediation\\${changed}\\journal.jsonl). An undo needs the former id: move it back (az resource move) and undo then, or restore by hand what the receipts name.`;
}
