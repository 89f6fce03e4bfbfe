import { azRunCommand } from "../../core/az-commands.ts";
import { certainOffset } from "../../core/clock.ts";
import type { Problem, ProblemCode } from "../../core/problem.ts";
import type { Cleanup, Run, ScriptInFlight } from "../../core/run.ts";
import { traitsOf } from "../../core/vm-kinds.ts";
import type { GuestReply, GuestRequest } from "../../guest/protocol.ts";
import { parseReply } from "../../guest/reply.ts";
import { outboundDenial } from "../../network/outbound.ts";
import type { Effect, RunEvent } from "../effects.ts";
import { longestRetryAfterMs, maximumAttempts, notAfterMs, pollIntervalMs, replicationMs, retryMs } from "../timing.ts";
import { messageOnLost } from "./lost-machine.ts";
import { addLogEntry, elapsedMs, resetAttempts, scheduleRetry, waitFor } from "./transitions.ts";

/*
 * The states of a script in flight. Once its PUT may have been sent, only a terminal state of its Run Command or its
 * own deadline ends the wait. After every other response the run polls again, which has no side effect.
 */

/** A run in one of the phases that await a script. */
export type Awaiting = Extract<Run, { script: ScriptInFlight }>;

type ScriptEvent = Extract<RunEvent, { name: string | null } | { kind: "departing" }>;

/** The state of the script after an event. */
export type Awaited<R extends Awaiting> =
  | { readonly kind: "goes-on"; readonly run: R }
  /** It has replied, and its Run Command can be deleted. */
  | { readonly kind: "replied"; readonly run: R; readonly reply: GuestReply }
  /** It may have run, and its reply is missing or cannot be relied on. */
  | { readonly kind: "unknown"; readonly run: R; readonly problem: Problem }
  /** It has not run: Azure refused each PUT, or Windows did not let it start. */
  | { readonly kind: "not-started"; readonly run: R; readonly problem: Problem };

/** Unique per run and step, so that a repeated PUT is idempotent. */
export function runCommandName(runId: string, step: string): string {
  return `rdpfix-${runId}-${step}`;
}

/** Whether a PUT may have been sent. */
export function mayHaveStarted({ phase, mayHaveRun }: ScriptInFlight): boolean {
  return phase !== "ready" || mayHaveRun;
}

export function scriptEffect(run: Awaiting): Effect {
  const { script } = run;
  const name = runCommandName(run.id, script.step);
  if (script.phase !== "ready") return { kind: "poll-script", name };
  return {
    kind: "start-script",
    name,
    script: script.script,
    request: requestOf(run),
    timeoutSeconds: script.timeoutSeconds,
    location: run.before.azure.vm.location,
  };
}

/** The request of the script in flight. It is the same text each time. */
function requestOf({ id, intent, options, limits, plan, proven, script, sections, before }: Awaiting): GuestRequest {
  const { days, count } = limits.keepJournals;
  return {
    version: 1,
    runId: id,
    step: script.step,
    madeAt: new Date(Date.parse(script.notAfter) - notAfterMs).toISOString(),
    notAfter: script.notAfter,
    clockAheadSeconds: certainOffset(before),
    sections: sections ?? [],
    changes: script.script === "apply" ? (plan?.changes ?? []) : [],
    undoes: script.script === "undo" ? (options.undoes ?? id) : null,
    afterStep: script.script === "undo" ? (proven?.lastScript ?? 0) : 0,
    // A rollback leaves values alone that others changed since, even when the repair was forced.
    force: intent === "undo" && options.force,
    // Collecting changes nothing, so it deletes no journals either.
    retention: script.script === "collect" ? null : { olderThanDays: days, atMost: count },
  };
}

/** Takes in an event about the script; an event about another script changes nothing. */
export function awaitScript<R extends Awaiting>(run: R, event: ScriptEvent, now: Date): Awaited<R> {
  const { script } = run;
  if (event.kind === "departing") {
    if (event.effect !== "start-script" || script.phase !== "ready") return { kind: "goes-on", run };
    return { kind: "goes-on", run: waitFor(withScript(counting(run, now), { phase: "asked", askedAt: true }), 0, now) };
  }
  if (event.name !== runCommandName(run.id, script.step)) return { kind: "goes-on", run };
  if (event.kind === "effect-failed") return failed(counting(run, now), event, now);
  switch (event.kind) {
    case "script-started":
      return running(counting(run, now), now);
    case "script-running":
      return running(counting(run, now), now, event.retryAfterMs);
    case "script-absent":
      return absent(counting(run, now), now);
    case "script-finished":
      return finished(run, event, now);
    case "script-discarded":
      return { kind: "goes-on", run };
  }
}

/** Adds the wait that has ended to the time that the script has been awaited. */
function counting<R extends Awaiting>(run: R, now: Date): R {
  const waitedMs = run.script.waitedMs + elapsedMs(run, now);
  return { ...run, script: { ...run.script, waitedMs } };
}

function withScript<R extends Awaiting>(
  run: R,
  { askedAt, ...changes }: Partial<Pick<ScriptInFlight, "phase" | "mayHaveRun" | "startedAt">> & { askedAt?: true },
): R {
  const asked = askedAt && { askedAtMs: run.script.waitedMs };
  return { ...run, script: { ...run.script, ...asked, ...changes } };
}

function isDeadlineOver({ script }: Awaiting): boolean {
  return script.waitedMs >= script.awaitMs;
}

/** The next poll is as late as Azure asks, within the script's own deadline. */
function running<R extends Awaiting>(run: R, now: Date, retryAfterMs = 0): Awaited<R> {
  const startedAt = run.script.startedAt ?? now.toISOString();
  const known = withScript(resetAttempts(run), { phase: "running", startedAt });
  if (isDeadlineOver(known)) return gaveUp(known, "did not end in time");
  const runningMs = known.script.waitedMs - known.script.askedAtMs;
  const left = known.script.awaitMs - known.script.waitedMs;
  const wait = Math.max(pollIntervalMs(runningMs), Math.min(retryAfterMs, longestRetryAfterMs));
  return { kind: "goes-on", run: waitFor(known, Math.min(wait, left), now) };
}

/**
 * The Run Command does not exist, or not yet. It is created again only when its PUT may have been lost, and while the
 * guest still accepts it.
 */
function absent<R extends Awaiting>(run: R, now: Date): Awaited<R> {
  const { phase, waitedMs, askedAtMs } = run.script;
  if (isDeadlineOver(run)) return gaveUp(run, "was not there when its reply was to be read", "reply-missing");
  const isLost = phase === "asked" && waitedMs - askedAtMs >= replicationMs && waitedMs < notAfterMs;
  if (isLost) return { kind: "goes-on", run: withScript(resetAttempts(run), { phase: "ready", mayHaveRun: true }) };
  const attempts = run.attempts + 1;
  return { kind: "goes-on", run: waitFor({ ...run, attempts }, retryMs(attempts), now) };
}

function finished<R extends Awaiting>(
  run: R,
  { output, failure, wasNotRun }: Extract<RunEvent, { kind: "script-finished" }>,
  _now: Date,
): Awaited<R> {
  const { step, script } = run.script;
  const answered = withCleanup(resetAttempts(run), { step, script, awaitUntil: null });
  const parsed = parseReply(output, { runId: run.id, step }, failure);
  if (!parsed.ok) {
    const told = wasNotRun && parsed.problem.code === "reply-missing" ? notRun(run) : parsed.problem;
    const problem = failure ? { ...told, detail: failure } : told;
    if (problem.code === "script-blocked") return { kind: "not-started", run: answered, problem };
    return { kind: "unknown", run: answered, problem };
  }
  return { kind: "replied", run: answered, reply: parsed.value };
}

/**
 * `unknown` all the same: an agent that could not report a script's end may have run it. Where the log is: Microsoft's
 * support article on Run Command.
 */
function notRun({ id, vm, script, before }: Awaiting): Problem {
  const handler = before.azure.vm.brokenExtensions?.find(({ type }) => /Handler/i.test(type));
  const why = handler ? `, and its handler ${handler.type} reports "${handler.state}"` : "";
  const { hasOwnBlocklist, handlerLog } = traitsOf(vm);
  const help = hasOwnBlocklist
    ? 'The server may forbid it: "azcmagent config list" on it shows extensions.allowlist, extensions.blocklist and config.mode. Ask who set them, and try again.'
    : `Azure installs the handler again once the VM holds no Run Command: list them (${azRunCommand(vm, "list")}), delete those that nobody needs, and try again.`;
  const message = `Azure could not have the machine run the Run Command ${runCommandName(id, script.step)}${why}. ${help} Its log is in ${handlerLog}.`;
  return { code: "run-command-extension", message, retryable: false };
}

/** The problems after which a PUT certainly had no effect. After any other problem the response may be lost. */
const refusals: readonly ProblemCode[] = [
  "vm-not-found",
  "vm-replaced",
  "vm-not-running",
  "vm-busy",
  "vm-locked",
  "agent-not-ready",
  "sign-in-failed",
  "right-missing",
  "access-denied",
  "deny-assignment",
  "policy-denied",
  "throttled",
  "run-command-limit",
  "run-command-busy",
  "run-command-extension",
];

export function isRefusal({ code }: Problem): boolean {
  return refusals.includes(code);
}

function failed<R extends Awaiting>(
  run: R,
  { effect, problem, unsent }: Extract<RunEvent, { kind: "effect-failed" }>,
  now: Date,
): Awaited<R> {
  const attempts = run.attempts + 1;
  const wait = retryMs(attempts, problem.retryAfterMs);
  const isRefused = effect === "start-script" && (unsent || isRefusal(problem)) && !run.script.mayHaveRun;
  if (isRefused) {
    const ready = withScript({ ...run, attempts }, { phase: "ready" });
    if (problem.retryable && attempts < maximumAttempts) {
      return { kind: "goes-on", run: scheduleRetry(ready, wait, now, problem.message) };
    }
    return { kind: "not-started", run: ready, problem: problem.retryable ? tooMany(problem, attempts) : problem };
  }
  if (isDeadlineOver(run)) return gaveUp(run, `could not be read in time. ${messageOnLost(run, problem)}`);
  const left = run.script.awaitMs - run.script.waitedMs;
  const asked = effect === "start-script" ? withScript({ ...run, attempts }, { phase: "asked" }) : { ...run, attempts };
  return { kind: "goes-on", run: scheduleRetry(asked, Math.min(wait, left), now, problem.message) };
}

/** The deadline is over. A late reply is still looked for after the run's end. */
function gaveUp<R extends Awaiting>(run: R, what: string, code: ProblemCode = "script-timed-out"): Awaited<R> {
  const { step, script } = run.script;
  const { before } = run;
  const outbound = before ? outboundDenial(before.azure) : null;
  const message = `The Run Command ${runCommandName(run.id, step)} ${what.replace(/\.$/, "")}.${outbound ? ` ${outbound}` : ""}`;
  const problem = { code, message, retryable: false };
  return { kind: "unknown", run: withCleanup(run, { step, script, awaitUntil: run.updatedAt }), problem };
}

export function tooMany(problem: Problem, attempts: number): Problem {
  return { ...problem, code: "too-many-attempts", message: `${problem.message} Tried ${attempts} times.` };
}

export function withCleanup<R extends Run>(run: R, entry: Cleanup): R {
  return { ...run, cleanup: [...run.cleanup, entry] };
}

/** A script that is no longer awaited and may still be running: it is left alone until its own deadline. */
export function leaveScript(run: Awaiting, now: Date): Run {
  const { step, script } = run.script;
  if (!mayHaveStarted(run.script)) return run;
  const left = run.script.awaitMs - run.script.waitedMs;
  return withCleanup(run, { step, script, awaitUntil: new Date(now.getTime() + Math.max(0, left)).toISOString() });
}

/** Retries an effect later when that may help and attempts are left; `null` otherwise. */
export function tryAgain<R extends Run>(run: R, problem: Problem, limit: number, now: Date): R | null {
  const attempts = run.attempts + 1;
  if (!problem.retryable || attempts >= limit) return null;
  return scheduleRetry({ ...run, attempts }, retryMs(attempts, problem.retryAfterMs), now, problem.message);
}

/** The Run Command was deleted, or cannot be deleted: no result depends on it. */
export function recordCleanup(run: Run, event: Extract<RunEvent, { name: string | null }>, now: Date): Run {
  const rest = run.cleanup.filter(({ step }) => runCommandName(run.id, step) !== event.name);
  if (rest.length === run.cleanup.length) return run;
  if (event.kind !== "effect-failed") return { ...resetAttempts(run), cleanup: rest };
  const again = tryAgain(run, event.problem, maximumAttempts, now);
  return (
    again ??
    addLogEntry(
      { ...resetAttempts(run), cleanup: rest },
      `The Run Command ${event.name} stays in the VM. ${event.problem.message}`,
      now,
    )
  );
}
