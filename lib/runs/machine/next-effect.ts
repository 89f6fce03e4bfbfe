import type { Run } from "../../core/run.ts";
import type { Effect } from "../effects.ts";
import { acknowledge } from "./acknowledge.ts";
import { nextAfterEnd } from "./ended.ts";
import { addressesFor, rdpPortOf } from "./outside.ts";
import { mayHaveStarted, runCommandName, scriptEffect } from "./script.ts";
import { hasUnproven, isOver } from "./transitions.ts";

/** The next effect of this run. Every phase has one. */
export function next(run: Run, now: Date): Effect {
  const crossCheck = dueCrossCheck(run);
  if (crossCheck) return crossCheck;
  if (run.wait && !isOver(run, now)) return { kind: "wait", until: run.wait.until };
  switch (run.state) {
    case "queued":
      return { kind: "claim" };
    case "awaiting-approval":
      return cleanUp(run, now) ?? release(run) ?? acknowledge(run) ?? { kind: "wait", until: run.decideBy };
    case "weakened":
      return cleanUp(run, now) ?? { kind: "wait", until: run.weakening.until };
    case "ended":
      return nextAfterEnd(run, now);
    case "preflight":
    case "collecting":
    case "planned":
    case "probing":
    case "applying":
    case "restarting":
    case "verifying":
    case "rolling-back":
      // While a plan waits for its decision, its run does not hold the VM, and other runs may have changed it.
      return run.claimed ? work(run) : { kind: "claim" };
  }
}

/** No script runs beside it. */
const readWhole: Effect = { kind: "read-azure", crossChecks: true };

/** While the script is at work, the run waits anyway: the cross-checks cost no time of their own. */
function dueCrossCheck(run: Run): Effect | null {
  const isDue = run.state === "collecting" && run.crossChecks !== "done" && run.claimed && mayHaveStarted(run.script);
  return isDue ? { kind: "cross-check", azure: run.before.azure } : null;
}

type Working = Exclude<Run, { state: "queued" | "awaiting-approval" | "weakened" | "ended" }>;

function work(run: Working): Effect {
  switch (run.state) {
    case "preflight":
      return { kind: "read-azure", crossChecks: run.crossChecks === "alone" };
    case "planned":
      return run.access.state === "due" ? { kind: "request-access", request: run.access } : readWhole;
    case "probing":
      return { kind: "probe", addresses: addressesFor(run, run.probing), port: rdpPortOf(run) };
    case "restarting":
      return run.restart.phase === "due" ? { kind: "restart-vm" } : readWhole;
    case "collecting":
    case "applying":
    case "verifying":
    case "rolling-back":
      return scriptEffect(run);
  }
}

/** While a run only waits, Run Commands that have ended can be deleted. */
function cleanUp({ id, cleanup }: Run, now: Date): Effect | null {
  const spent = cleanup.find(({ awaitUntil }) => awaitUntil === null || Date.parse(awaitUntil) <= now.getTime());
  return spent ? { kind: "discard-script", name: runCommandName(id, spent.step) } : null;
}

/** A run whose plan waits releases the VM, unless it has made a change that is not proven yet. */
function release(run: Run): Effect | null {
  return run.claimed && !hasUnproven(run) ? { kind: "release" } : null;
}
