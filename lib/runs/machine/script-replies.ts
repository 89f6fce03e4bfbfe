import type { Evidence } from "../../core/evidence.ts";
import type { Problem } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import type { GuestReply } from "../../guest/protocol.ts";
import { parseReply } from "../../guest/reply.ts";
import { maximumReplans, pollIntervalMs } from "../policy.ts";
import { afterDiagnosis, diagnose, observe } from "./diagnosis.ts";
import { runCommandName } from "./next-effect.ts";
import { afterApply } from "./proof.ts";
import { afterUndo, reasonOf } from "./rollback.ts";
import { end, finishScript, startScript, transition } from "./transitions.ts";
import { noteWeakening, restoreLater } from "./weakening.ts";

/*
 * What becomes of a run when its script in flight has been started, goes on, has vanished, or has answered.
 */

export function scriptStarted(run: Run, now: Date): Run {
  if (run.script?.phase !== "to-start") return run;
  return {
    ...run,
    script: { ...run.script, phase: "running", startedAt: now.toISOString(), nextPollAt: nextPoll(0, now) },
  };
}

function nextPoll(runningMs: number, now: Date): string {
  return new Date(now.getTime() + pollIntervalMs(runningMs)).toISOString();
}

export function scriptRunning(run: Run, now: Date): Run {
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
export function scriptAbsent(run: Run, now: Date): Run {
  if (run.script?.phase !== "running") return run;
  return unsure(run, now, {
    code: "reply-missing",
    message: `The Run Command ${runCommandName(run.id, run.script.step)} was deleted before its reply was read.`,
    retryable: false,
  });
}

/** What happened inside is not known: say so and touch nothing more, but for what may be relaxed. */
export function unsure(run: Run, now: Date, problem: Problem): Run {
  const noted = run.script?.script === "apply" ? noteWeakening(run, now) : run;
  if (noted.weakening) return restoreLater(finishScript(noted), problem, now);
  const touched = run.script?.script === "collect" && run.receipts.length === 0 ? "Nothing was changed." : "";
  const advice =
    run.script?.script === "collect"
      ? "Start again; if it repeats, look at the VM agent."
      : "Diagnose the VM to see its state, then undo this run if it is worse.";
  return end(finishScript(run), now, {
    kind: "unknown",
    summary: [problem.message, touched, advice].filter(Boolean).join(" "),
    problem,
  });
}

export function scriptFinished(run: Run, output: string, failure: string | null, now: Date): Run {
  if (run.script?.phase !== "running") return run;
  const parsed = parseReply(output, { runId: run.id, step: run.script.step });
  if (!parsed.ok) return unsure(run, now, failure ? { ...parsed.problem, detail: failure } : parsed.problem);
  const answered = finishScript(run);
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
  return observe(run.before.azure, reply.evidence, run.options, now);
}

function collected(run: Run, reply: GuestReply, now: Date): Run {
  const evidence = seen(run, reply, now);
  if (!evidence) return end(run, now, failed(guestProblem(reply)));
  if (run.state === "verifying") return afterApply(run, evidence, now);
  return afterDiagnosis(diagnose(run, evidence), now);
}

function applied(run: Run, reply: GuestReply, now: Date): Run {
  const reported = { ...run, receipts: reply.receipts };
  const evidence = seen(run, reply, now);
  switch (reply.status) {
    case "done": {
      const noted = noteWeakening(reported, now);
      if (!evidence) return endOrRestore(noted, failed(guestProblem(reply)), now);
      return afterApply(transition(noted, "verifying", "Checking the VM again.", now), evidence, now);
    }
    case "refused":
      if (run.replans >= maximumReplans) return end(reported, now, failed(guestProblem(reply)));
      return startScript(
        transition(
          { ...reported, replans: run.replans + 1 },
          "collecting",
          `The VM changed meanwhile: ${reply.reason}`,
          now,
        ),
        "collect",
        now,
      );
    case "rolled-back":
      return end({ ...reported, after: evidence }, now, {
        kind: "not-repaired",
        summary: `A change failed and everything was taken back inside the VM: ${reasonOf(reply)}`,
        problem: guestProblem(reply),
      });
    default: {
      const summary = `A change failed and not everything could be taken back: ${reasonOf(reply)} Undo this run to try again.`;
      const outcome = { ...failed(guestProblem(reply)), summary };
      return endOrRestore({ ...noteWeakening(reported, now), after: evidence }, outcome, now);
    }
  }
}

/** Where something may be relaxed, the run does not end before it is restored. */
function endOrRestore(run: Run, outcome: ReturnType<typeof failed>, now: Date): Run {
  return run.weakening ? restoreLater(run, outcome.problem, now) : end(run, now, outcome);
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
