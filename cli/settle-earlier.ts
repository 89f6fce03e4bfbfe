import { fail, ok, type Result } from "../lib/core/problem.ts";
import type { Run } from "../lib/core/run.ts";
import { type VmId, vmKey } from "../lib/core/vm-id.ts";
import type { LocalEngine } from "../lib/local/engine.ts";
import { acceptedRequests } from "../lib/runs/machine/requests.ts";
import { renderTime } from "./render/time.ts";
import { isYes, type Terminal } from "./terminal.ts";

/** A run that may be resumed without asking: a diagnosis, or a run with only its cleanup left. */
export function changesNothing({ intent, state }: Run): boolean {
  return intent === "diagnose" || state === "ended";
}

/**
 * Waits for earlier runs of this machine on this VM. An interrupted run that may change the VM is resumed only when the user
 * agrees. A run that holds the VM and is not resumed is a problem; its message names the next command.
 */
export async function settleEarlier(
  vm: VmId,
  engine: LocalEngine,
  terminal: Terminal,
  settle: (runId: string) => Promise<unknown>,
): Promise<Result<void>> {
  const { runs } = await engine.list({ vmKey: vmKey(vm), limit: 20 });
  // A decision may take a day, and a weakened setting stays weakened until its deadline or an undo.
  const patient = (run: Run) => run.state === "awaiting-approval" || isWeakenedFor(run, new Date());
  const holder = runs.find((run) => patient(run) && run.claimed);
  if (holder) return heldProblem(holder, terminal);
  const earlier = runs.filter((run) => !patient(run) && (run.state !== "ended" || run.claimed));
  for (const run of earlier) {
    const interrupted = !changesNothing(run) && !engine.isAtWorkElsewhere(run.id);
    if (interrupted && !(await mayGoOnWith(run, terminal))) return interruptedProblem(run, terminal);
    terminal.err.write(`Run ${run.id} (${run.intent}) of this VM is not finished: waiting for it first.\n`);
    await settle(run.id);
  }
  return ok(undefined);
}

async function mayGoOnWith(run: Run, { ask, err }: Terminal): Promise<boolean> {
  if (!ask) return false;
  err.write(
    `Run ${run.id} (${run.intent}) of this VM was interrupted at ${renderTime(run.updatedAt)} (${run.state}).\n`,
  );
  return isYes(await ask("Go on with it? It may change the VM. [y/N] "));
}

/** The problem for a run that has changed the VM and waits: what it waits for, and the commands that end the wait. */
function heldProblem({ id, state, plan, decideBy, weakening }: Run, { program }: Terminal): Result<never> {
  const message =
    state === "awaiting-approval"
      ? `Run ${id} has changed this VM, and its next plan waits for a decision until ${renderTime(decideBy)}. Approve it: ${program} decide ${id} --approve --plan ${plan.hash.slice(0, 12)}. Or reject it: ${program} decide ${id} --reject.`
      : `Run ${id} keeps a setting of this VM weakened until ${renderTime(weakening?.until ?? "")}. Restore it now: ${program} undo ${id}.`;
  return fail("vm-claimed", message);
}

function interruptedProblem(run: Run, { program }: Terminal): Result<never> {
  const { id, intent, state, updatedAt } = run;
  const other = acceptedRequests(run).includes("cancel")
    ? `Or cancel it: ${program} cancel ${id}.`
    : `It may have begun to change the VM, so it cannot be cancelled; undo it after its end: ${program} undo ${id}.`;
  return fail(
    "vm-claimed",
    `Run ${id} (${intent}) of this VM was interrupted at ${renderTime(updatedAt)} (${state}) and was left alone. Go on with it: ${program} resume ${id}. ${other}`,
  );
}

function isWeakenedFor({ state, weakening }: Run, now: Date): boolean {
  return state === "weakened" && now.toISOString() < (weakening?.until ?? "");
}
