import type { Run } from "../../core/run.ts";
import type { GuestRequest } from "../../guest/protocol.ts";
import type { Effect } from "../effects.ts";
import { addressesFor, rdpPortOf } from "./outside.ts";

/** What to do for this run now. Every state has an answer; an ended run asks for nothing but to clean up. */
export function next(run: Run, now: Date): Effect {
  if (run.notBefore && Date.parse(run.notBefore) > now.getTime()) return { kind: "wait", until: run.notBefore };
  if (run.script) return nextForScript(run, run.script, now);
  const { asked } = run.outside;
  if (asked && run.state !== "ended") {
    return { kind: "probe", addresses: addressesFor(run, asked), port: rdpPortOf(run) };
  }
  const spent = run.spent[0];
  // Cleaning up waits until nobody is waiting for the VM.
  if (spent && ["ended", "awaiting-approval", "weakened"].includes(run.state)) {
    return { kind: "discard-script", name: runCommandName(run.id, spent) };
  }
  switch (run.state) {
    case "queued":
      return { kind: "claim" };
    case "preflight":
      return { kind: "read-azure" };
    case "awaiting-approval":
      return { kind: "wait", until: run.decideBy ?? run.updatedAt };
    case "weakened":
      return { kind: "wait", until: run.weakening?.until ?? run.updatedAt };
    case "verifying":
      return run.restarted ? { kind: "read-azure" } : { kind: "restart-vm" };
    case "ended":
      if (run.claimed) return { kind: "release" };
      if (run.fixDue) return { kind: "hand-over-fix" };
      return run.alertReported ? { kind: "none" } : reportAlert(run);
    case "planned":
      if (run.access?.state === "due") return { kind: "request-access", request: run.access };
      return run.access?.state === "requested" ? { kind: "read-azure" } : { kind: "none" };
    case "collecting":
    case "applying":
    case "rolling-back":
      // These states always have a script in flight; a stored run without one was damaged.
      return { kind: "none" };
  }
}

/** Closed only when the fault is gone; anything else stays for a person, with what was found. */
function reportAlert(run: Run): Effect {
  const state = run.outcome?.kind === "repaired" || run.outcome?.kind === "healthy" ? "Closed" : "Acknowledged";
  const comment = `${run.outcome?.kind}: ${run.outcome?.summary} (run ${run.id})`;
  return { kind: "report-alert", alertId: run.trigger.alert?.id ?? "", state, comment };
}

function nextForScript(run: Run, script: NonNullable<Run["script"]>, now: Date): Effect {
  const name = runCommandName(run.id, script.step);
  if (script.phase === "running") {
    const due = script.nextPollAt;
    return due && Date.parse(due) > now.getTime() ? { kind: "wait", until: due } : { kind: "poll-script", name };
  }
  return {
    kind: "start-script",
    name,
    script: script.script,
    request: requestOf(run, script),
    timeoutSeconds: script.timeoutSeconds,
    location: run.before?.azure.vm.location ?? "",
  };
}

/** Unique per run and step, so that asking twice is asking once. */
export function runCommandName(runId: string, step: string): string {
  return `rdpfix-${runId}-${step}`;
}

/** The request of the script in flight: the same text however often it is made. */
function requestOf(run: Run, script: NonNullable<Run["script"]>): GuestRequest {
  const { days, count } = run.limits.keepJournals;
  return {
    version: 1,
    runId: run.id,
    step: script.step,
    notAfter: script.notAfter,
    changes: script.script === "apply" ? (run.plan?.changes ?? []) : [],
    undoes: script.script === "undo" ? (run.options.undoes ?? run.id) : null,
    // A repair that takes itself back leaves alone values that were changed since by others, however it was asked for.
    force: run.intent === "undo" && run.options.force,
    // Looking leaves nothing behind and takes nothing away.
    prune: script.script === "collect" ? null : { olderThanDays: days, atMost: count },
  };
}
