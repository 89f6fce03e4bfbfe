import type { Evidence } from "../core/evidence.ts";
import type { Problem } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import type { GuestReply, GuestRequest } from "../guest/protocol.ts";
import { parseReply } from "../guest/reply.ts";
import type { Effect, RunEvent } from "./effects.ts";
import {
  afterApply,
  afterDiagnosis,
  afterUndo,
  alertMode,
  diagnose,
  modeTag,
  observe,
  reasonOf,
  touchable,
} from "./judgement.ts";
import {
  backoffMs,
  maximumAttempts,
  maximumAttemptsAfterRestart,
  maximumReplans,
  pollIntervalMs,
  settleMs,
} from "./policy.ts";
import { end, enter, later, spendScript, startScript, succeeded } from "./transitions.ts";

/*
 * The run's state machine: pure and total. `next` says what to do, `apply` takes in what happened. Both engines drive
 * these two functions and nothing else, so a run means the same everywhere and can be stopped and resumed between
 * any two calls.
 */

/** What to do for this run now. Every state has an answer; an ended run asks for nothing but to clean up. */
export function next(run: Run, now: Date): Effect {
  if (run.notBefore && Date.parse(run.notBefore) > now.getTime()) return { kind: "wait", until: run.notBefore };
  if (run.script) return nextForScript(run, run.script, now);
  const spent = run.spent[0];
  // Cleaning up waits until nobody is waiting for the VM.
  if (spent && (run.state === "ended" || run.state === "awaiting-approval")) {
    return { kind: "discard-script", name: runCommandName(run.id, spent) };
  }
  switch (run.state) {
    case "queued":
      return { kind: "claim" };
    case "preflight":
      return { kind: "read-azure" };
    case "awaiting-approval":
      return { kind: "wait", until: run.decideBy ?? run.updatedAt };
    case "verifying":
      return run.restarted ? { kind: "read-azure" } : { kind: "restart-vm" };
    case "ended":
      if (run.claimed) return { kind: "release" };
      return run.alertTold ? { kind: "none" } : tellAlert(run);
    case "collecting":
    case "planned":
    case "applying":
    case "rolling-back":
      // These states always have a script in flight; a stored run without one was damaged.
      return { kind: "none" };
  }
}

/** Closed only when the fault is gone; anything else stays for a person, with what was found. */
function tellAlert(run: Run): Effect {
  const state = run.outcome?.kind === "repaired" || run.outcome?.kind === "healthy" ? "Closed" : "Acknowledged";
  const comment = `${run.outcome?.kind}: ${run.outcome?.summary} (run ${run.id})`;
  return { kind: "tell-alert", alertId: run.trigger.alert?.id ?? "", state, comment };
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
  return {
    version: 1,
    runId: run.id,
    step: script.step,
    notAfter: script.notAfter,
    changes: script.script === "apply" ? (run.plan?.changes ?? []) : [],
    undoes: script.script === "undo" ? (run.options.undoes ?? run.id) : null,
    force: script.script === "undo" && run.options.force,
  };
}

/** The run after an event. An event that does not fit the state changes nothing: signals may come at any time. */
export function apply(run: Run, event: RunEvent, now: Date): Run {
  switch (event.kind) {
    case "claimed":
      // Cancelled while it was claiming: the claim stands, and is given back like any other.
      if (run.state !== "queued") return { ...run, claimed: true };
      return enter({ ...succeeded(run), claimed: true }, "preflight", "Reading the VM from Azure.", now);
    case "claim-held":
      return end(run, now, {
        kind: "failed",
        summary: `Another run (${event.by}) is working on this VM. Wait for it to end, or cancel it, and start again.`,
        problem: { code: "vm-claimed", message: `Run ${event.by} holds this VM.`, retryable: true },
      });
    case "released":
      return { ...succeeded(run), claimed: false };
    case "alert-told":
      return { ...succeeded(run), alertTold: true };
    case "azure-read":
      return azureRead(succeeded(run), event, now);
    case "restart-accepted":
      return later({ ...succeeded(run), restarted: true }, settleMs, now);
    case "script-started":
      return scriptStarted(succeeded(run), now);
    case "script-running":
      return scriptRunning(succeeded(run), now);
    case "script-absent":
      return scriptAbsent(run, now);
    case "script-finished":
      return scriptFinished(succeeded(run), event.output, event.failure, now);
    case "script-discarded":
      return { ...succeeded(run), spent: run.spent.slice(1) };
    case "effect-failed":
      return effectFailed(run, event.problem, now);
    case "time-passed":
      return decisionOverdue(run, now);
    case "decide":
      return decided(run, event, now);
    case "cancel":
      return cancelled(run, event.by, now);
  }
}

function azureRead(run: Run, event: Extract<RunEvent, { kind: "azure-read" }>, now: Date): Run {
  const evidence = observe(event.evidence, null, run.options.sources, now);
  const obstacle = touchable(event.evidence, run.vm.name);
  if (run.state === "verifying") {
    // The VM was restarted: whatever is in the way now is expected to pass.
    if (obstacle) return effectFailed(run, { ...obstacle, retryable: true, retryAfterMs: settleMs }, now);
    return startScript(run, "collect", now);
  }
  if (run.state !== "preflight") return run;
  const mode = alertMode(run, event.evidence);
  if (mode === "off") {
    const summary = `The VM's owner has opted out: no alert may set anything off here (tag ${modeTag}). Nothing was changed.`;
    return end({ ...run, before: evidence }, now, { kind: "cancelled", summary });
  }
  const seen = { ...run, before: evidence, intent: mode === "report" ? ("diagnose" as const) : run.intent };
  if (!obstacle) return begin(seen, now);
  if (obstacle.retryable) return effectFailed(seen, obstacle, now);
  if (run.intent === "undo" || obstacle.code === "not-windows") {
    return end(seen, now, { kind: "failed", summary: obstacle.message, problem: obstacle });
  }
  return afterDiagnosis(diagnose(seen, evidence), now);
}

/** The VM is there and may be touched: look inside, or take back what is asked to be taken back. */
function begin(run: Run, now: Date): Run {
  if (run.intent === "undo")
    return startScript(enter(run, "rolling-back", "Restoring the former state.", now), "undo", now);
  return startScript(enter(run, "collecting", "Collecting evidence inside the VM.", now), "collect", now);
}

function scriptStarted(run: Run, now: Date): Run {
  if (run.script?.phase !== "to-start") return run;
  return {
    ...run,
    script: { ...run.script, phase: "running", startedAt: now.toISOString(), nextPollAt: nextPoll(0, now) },
  };
}

function nextPoll(runningMs: number, now: Date): string {
  return new Date(now.getTime() + pollIntervalMs(runningMs)).toISOString();
}

function scriptRunning(run: Run, now: Date): Run {
  if (run.script?.phase !== "running") return run;
  if (now.getTime() >= Date.parse(run.script.deadline)) {
    return unsure(run, now, {
      code: "script-timed-out",
      message: `The Run Command ${runCommandName(run.id, run.script.step)} did not end in time.`,
      retryable: false,
    });
  }
  const runningMs = now.getTime() - Date.parse(run.script.startedAt ?? now.toISOString());
  return { ...run, script: { ...run.script, nextPollAt: nextPoll(runningMs, now) } };
}

/** It was started, and now Azure does not know it: somebody deleted it, which also ends it. */
function scriptAbsent(run: Run, now: Date): Run {
  if (run.script?.phase !== "running") return run;
  return unsure(run, now, {
    code: "reply-missing",
    message: `The Run Command ${runCommandName(run.id, run.script.step)} was deleted before its reply was read.`,
    retryable: false,
  });
}

/** What happened inside is not known: say so and touch nothing more. */
function unsure(run: Run, now: Date, problem: Problem): Run {
  const touched = run.script?.script === "collect" && run.receipts.length === 0 ? "Nothing was changed." : "";
  const advice =
    run.script?.script === "collect"
      ? "Start again; if it repeats, look at the VM agent."
      : "Diagnose the VM to see its state, then undo this run if it is worse.";
  return end(spendScript(run), now, {
    kind: "unknown",
    summary: [problem.message, touched, advice].filter(Boolean).join(" "),
    problem,
  });
}

function scriptFinished(run: Run, output: string, failure: string | null, now: Date): Run {
  if (run.script?.phase !== "running") return run;
  const parsed = parseReply(output, { runId: run.id, step: run.script.step });
  if (!parsed.ok) return unsure(run, now, failure ? { ...parsed.problem, detail: failure } : parsed.problem);
  const answered = spendScript(run);
  const reply = parsed.value;
  if (reply.status === "repeated" || reply.status === "expired") return unsure(run, now, guestProblem(reply));
  switch (run.script.script) {
    case "collect":
      return collected(answered, reply, now);
    case "apply":
      return applied(answered, reply, now);
    case "undo":
      return afterUndo(answered, reply, seen(answered, reply, now), now);
  }
}

function seen(run: Run, reply: GuestReply, now: Date): Evidence | null {
  if (!reply.evidence || !run.before) return null;
  return observe(run.before.azure, reply.evidence, run.options.sources, now);
}

function collected(run: Run, reply: GuestReply, now: Date): Run {
  const evidence = seen(run, reply, now);
  if (!evidence) return end(run, now, failed(guestProblem(reply)));
  if (run.state === "verifying") return afterApply(run, evidence, now);
  return afterDiagnosis(diagnose(run, evidence), now);
}

function applied(run: Run, reply: GuestReply, now: Date): Run {
  const told = { ...run, receipts: reply.receipts };
  const evidence = seen(run, reply, now);
  switch (reply.status) {
    case "done":
      if (!evidence) return end(told, now, failed(guestProblem(reply)));
      return afterApply(enter(told, "verifying", "Checking the VM again.", now), evidence, now);
    case "refused":
      if (run.replans >= maximumReplans) return end(told, now, failed(guestProblem(reply)));
      return startScript(
        enter({ ...told, replans: run.replans + 1 }, "collecting", `The VM changed meanwhile: ${reply.reason}`, now),
        "collect",
        now,
      );
    case "rolled-back":
      return end({ ...told, after: evidence }, now, {
        kind: "not-repaired",
        summary: `A change failed and everything was taken back inside the VM: ${reasonOf(reply)}`,
        problem: guestProblem(reply),
      });
    default:
      return end({ ...told, after: evidence }, now, {
        kind: "failed",
        summary: `A change failed and not everything could be taken back: ${reasonOf(reply)} Undo this run to try again.`,
        problem: guestProblem(reply),
      });
  }
}

function guestProblem(reply: GuestReply): Problem {
  const code =
    reply.status === "refused" ? "guest-refused" : reply.status === "expired" ? "script-timed-out" : "guest-failed";
  const what: Record<GuestReply["status"], string> = {
    done: "The guest script ended without evidence",
    refused: "The guest refused the plan and touched nothing",
    "rolled-back": "The guest took its changes back",
    failed: "The guest could not take all its changes back",
    repeated: "The guest had seen this step before, so its answer was lost",
    expired: "The script reached the guest too late and did nothing",
  };
  return { code, message: `${what[reply.status]}: ${reasonOf(reply)}`, retryable: false };
}

function failed(problem: Problem) {
  return { kind: "failed" as const, summary: problem.message, problem };
}

/** Tries again later when that may help, gives up otherwise; a Run Command that cannot be deleted is left to the sweeper. */
function effectFailed(run: Run, problem: Problem, now: Date): Run {
  const attempts = run.attempts + 1;
  const limit = run.restarted ? maximumAttemptsAfterRestart : maximumAttempts;
  if (problem.retryable && attempts < limit) {
    return later({ ...run, attempts }, problem.retryAfterMs ?? backoffMs(attempts), now, problem.message);
  }
  if (!run.script && run.spent.length > 0) return { ...succeeded(run), spent: run.spent.slice(1) };
  // What is left of an ended run is courtesy: a claim is taken over by the next run, an alert can be read in the portal.
  if (run.state === "ended") {
    return run.claimed ? { ...succeeded(run), claimed: false } : { ...succeeded(run), alertTold: true };
  }
  const last = problem.retryable
    ? { ...problem, code: "too-many-attempts" as const, message: `${problem.message} Tried ${attempts} times.` }
    : problem;
  if (run.script?.phase === "running") return unsure({ ...run, attempts: 0 }, now, last);
  const inTheMiddle = run.receipts.length > 0 ? " Changes were made: undo this run, or diagnose the VM." : "";
  return end({ ...run, attempts: 0, script: null }, now, {
    kind: "failed",
    summary: last.message + inTheMiddle,
    problem: last,
  });
}

function decisionOverdue(run: Run, now: Date): Run {
  if (run.state !== "awaiting-approval" || !run.decideBy || Date.parse(run.decideBy) > now.getTime()) return run;
  return end(run, now, { kind: "cancelled", summary: "Nobody decided in time. Nothing was changed." });
}

function decided(run: Run, event: Extract<RunEvent, { kind: "decide" }>, now: Date): Run {
  if (run.state !== "awaiting-approval") return run;
  const decision = {
    approved: event.approved,
    by: event.by,
    at: now.toISOString(),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
  };
  if (!event.approved) {
    return end({ ...run, decision }, now, {
      kind: "cancelled",
      summary: `${event.by} rejected the plan${event.reason ? `: ${event.reason}` : ""}. Nothing was changed.`,
    });
  }
  return startScript(enter({ ...run, decision }, "applying", `${event.by} approved the plan.`, now), "apply", now);
}

/** Until the first change, a run can be called off; after that it ends by itself and can be undone. */
function cancelled(run: Run, by: string, now: Date): Run {
  const reversible = ["queued", "preflight", "collecting", "awaiting-approval"].includes(run.state);
  if (!reversible || run.receipts.length > 0) return run;
  return end(spendScript(run), now, {
    kind: "cancelled",
    summary: `${by} cancelled the run. Nothing was changed.`,
  });
}
