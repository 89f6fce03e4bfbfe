import { fail, type Problem } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { traitsOf } from "../core/vm-kinds.ts";
import type { AzureReader } from "./ports.ts";

/*
 * A resource id is a name, and another machine may have it by now: a scale set gives the numbers of deleted instances to new
 * ones, and people make VMs and connect servers again under the same name. What is right for one machine, and was approved for
 * it, is not done to another.
 */

/**
 * Why a script that changes something must not be sent to the machine that has the name now; `null` when it may. A plan is for
 * the machine that was looked into. What was done to a VM stays on its disk, which may belong to another VM by now, and there
 * the journal decides; a new instance of a scale set has a new disk.
 */
export async function obstacleOfMachine(
  { script }: { readonly script: "collect" | "apply" | "undo" },
  { vm, before }: Pick<Run, "vm" | "before">,
  reader: Pick<AzureReader, "uniqueIdOf">,
): Promise<Problem | null> {
  const seen = before?.azure.vm.uniqueId;
  const matters = script === "apply" || (script === "undo" && traitsOf(vm).reusesNames);
  if (seen === undefined || !matters) return null;
  const found = await reader.uniqueIdOf(vm);
  if (!found.ok) return found.problem;
  if (!isAnother(seen, found.value)) return null;
  const changed =
    script === "apply" ? "Nothing was sent to it. Diagnose it, and repair what is found then." : nothingOfIt;
  return replaced(vm.name, changed);
}

/** Why an undo must not begin; `null` when it may. `now` is the unique id of the machine that has the name now. */
export function obstacleOfUndo({ vm, plan }: Pick<Run, "vm" | "plan">, now: string | undefined): Problem | null {
  const changed = plan?.undo?.machine;
  if (changed === undefined || !traitsOf(vm).reusesNames || !isAnother(changed, now ?? null)) return null;
  return replaced(vm.name, nothingOfIt);
}

const nothingOfIt = "Nothing of what was changed is left: it went with the former one.";

function replaced(name: string, what: string): Problem {
  return fail("vm-replaced", `${name} is another machine by now: its unique id has changed. ${what}`).problem;
}

/** Azure writes GUIDs in either case. What is not known is not another. */
function isAnother(seen: string, now: string | null): boolean {
  return now !== null && now.toLowerCase() !== seen.toLowerCase();
}
