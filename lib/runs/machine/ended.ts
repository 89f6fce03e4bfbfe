import type { Run, RunIn } from "../../core/run.ts";
import { parseReply } from "../../guest/reply.ts";
import type { Effect } from "../effects.ts";
import { maximumAttempts, maximumLateLooks } from "../timing.ts";
import { requestedAfterEnd } from "./access.ts";
import { type Events, ignoreEvent, type PhaseEvent } from "./events.ts";
import { notHandedOver } from "./network-fix.ts";
import { combineEvidence, runChecks } from "./observe.ts";
import { runCommandName, tryAgain } from "./script.ts";
import { addLogEntry, resetAttempts } from "./transitions.ts";

/*
 * After the end only cleanup remains. It may fail: the next run takes over the claim, and the alert stays visible in
 * the portal. A script that may still be running is left alone until its deadline; its reply is then added to the run.
 */

/** Everything but the cleanup that must wait for a script's deadline. */
export function isWorkDone(run: Run): boolean {
  const { state, claimed, fixDue, alertReported, cleanup } = run;
  const isClean = cleanup.every(({ awaitUntil }) => awaitUntil !== null);
  return state === "ended" && !claimed && !fixDue && alertReported && isClean;
}

export function nextAfterEnd(run: RunIn<"ended">, now: Date): Effect {
  const spent = run.cleanup.find(({ awaitUntil }) => awaitUntil === null);
  if (spent) return { kind: "discard-script", name: runCommandName(run.id, spent.step) };
  if (run.claimed) return { kind: "release" };
  if (run.fixDue) return { kind: "hand-over-fix" };
  if (!run.alertReported) return reportAlert(run);
  const open = run.cleanup[0];
  if (!open?.awaitUntil) return { kind: "none" };
  if (Date.parse(open.awaitUntil) > now.getTime()) return { kind: "wait", until: open.awaitUntil };
  return { kind: "poll-script", name: runCommandName(run.id, open.step) };
}

/** The alert is closed only when the fault is gone. Otherwise it stays open for a person, with the findings. */
function reportAlert(run: RunIn<"ended">): Effect {
  const { kind, summary } = run.outcome;
  const state = kind === "repaired" || kind === "healthy" ? "Closed" : "Acknowledged";
  const comment = `${kind}: ${summary} (run ${run.id})`;
  return { kind: "report-alert", alertId: run.trigger.alert?.id ?? "", state, comment };
}

type Ignored = Events<
  | "cross-checked"
  | "departing"
  | "script-started"
  | "azure-read"
  | "restart-accepted"
  | "probed"
  | "time-passed"
  | "decide"
  | "cancel"
>;

export function ended(run: RunIn<"ended">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "script-running":
    case "script-absent":
      return spent(run, event.name, now);
    case "script-finished":
      return lateReply(run, event, now);
    case "access-requested":
      return requestedAfterEnd(run, now);
    case "effect-failed":
      return failed(run, event, now);
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

/** The script's deadline is over: its time-out has ended it, and its Run Command can be deleted. */
function spent(run: RunIn<"ended">, name: string, now: Date): Run {
  const isIt = ({ step, awaitUntil }: RunIn<"ended">["cleanup"][number]) =>
    runCommandName(run.id, step) === name && awaitUntil !== null && Date.parse(awaitUntil) <= now.getTime();
  if (!run.cleanup.some(isIt)) return run;
  return { ...resetAttempts(run), cleanup: run.cleanup.map((one) => (isIt(one) ? { ...one, awaitUntil: null } : one)) };
}

/** A result that was not known at the end is known now: it is added beside the outcome, which stays. */
function lateReply(run: RunIn<"ended">, { name, output }: Events<"script-finished">, now: Date): Run {
  const entry = run.cleanup.find(
    ({ step, awaitUntil }) => runCommandName(run.id, step) === name && awaitUntil !== null,
  );
  if (!entry) return run;
  const cleanup = run.cleanup.map((one) => (one === entry ? { ...one, awaitUntil: null } : one));
  const known = { ...resetAttempts(run), cleanup };
  const parsed = parseReply(output, { runId: run.id, step: entry.step });
  if (!parsed.ok || entry.script === "collect" || !run.before) return known;
  const { receipts, conflicts, evidence, status, reason } = parsed.value;
  const after = evidence ? combineEvidence(run.before.azure, evidence, run.options, now) : run.after;
  const findingsAfter = evidence && after ? runChecks(after, run.options.checks) : run.findingsAfter;
  const what = `${receipts.filter(({ changed }) => changed).length} changes${reason ? `: ${reason}` : ""}`;
  const message = `The reply of ${entry.step} came after the end (${status}, ${what}).`;
  return addLogEntry(
    { ...known, receipts: [...run.receipts, ...receipts], conflicts, after, findingsAfter },
    message,
    now,
  );
}

function failed(run: RunIn<"ended">, { effect, problem }: Events<"effect-failed">, now: Date): Run {
  switch (effect) {
    case "release":
      return tryAgain(run, problem, maximumAttempts, now) ?? { ...resetAttempts(run), claimed: false };
    case "hand-over-fix":
      return tryAgain(run, problem, maximumAttempts, now) ?? notHandedOver(run, problem, now);
    case "report-alert":
      return tryAgain(run, problem, maximumAttempts, now) ?? { ...resetAttempts(run), alertReported: true };
    case "poll-script": {
      const again = tryAgain(run, { ...problem, retryable: true }, maximumLateLooks, now);
      if (again) return again;
      const [open, ...cleanup] = run.cleanup;
      const message = `The Run Command ${runCommandName(run.id, open?.step ?? "")} may stay in the VM. ${problem.message}`;
      return addLogEntry({ ...resetAttempts(run), cleanup }, message, now);
    }
    case "acknowledge-alert":
    case "claim":
    case "read-azure":
    case "cross-check":
    case "start-script":
    case "discard-script":
    case "restart-vm":
    case "request-access":
    case "probe":
      return run;
  }
}
