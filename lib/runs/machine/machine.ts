import type { Run } from "../../core/run.ts";
import type { RunEvent } from "../effects.ts";
import { maximumClaimAttempts, settleMs, unreadableClaimMs } from "../timing.ts";
import { planned } from "./access.ts";
import { acknowledged, notAcknowledged } from "./acknowledge.ts";
import { applying, probing } from "./applying.ts";
import { collecting } from "./collecting.ts";
import { awaitingApproval } from "./decisions.ts";
import { ended } from "./ended.ts";
import type { Events, PhaseEvent } from "./events.ts";
import { asksAzureAlone, handedOver } from "./network-fix.ts";
import { next } from "./next-effect.ts";
import { preflight, queued } from "./preflight.ts";
import { restarting, verifying } from "./restarting.ts";
import { rollingBack } from "./rollback.ts";
import { recordCleanup, tryAgain } from "./script.ts";
import { endRun, resetAttempts, transition } from "./transitions.ts";
import { weakened } from "./weakening.ts";

/*
 * The run's state machine: pure and total. `next` returns the next effect, `apply` takes in an event. Both engines
 * drive these two functions and nothing else, so a run behaves the same everywhere and can be stopped and resumed
 * between any two calls.
 */

export { next };

/** The run after an event. An event that does not fit the phase changes nothing: signals may come at any time. */
export function apply(run: Run, event: RunEvent, now: Date): Run {
  switch (event.kind) {
    case "claimed":
      // Cancelled while it was claiming: the claim exists, and is released like any other.
      if (run.state !== "queued") return { ...resetAttempts(run), claimed: true };
      return transition<"preflight">(
        { ...run, claimed: true, crossChecks: asksAzureAlone(run.options) ? "alone" : "beside" },
        { state: "preflight" },
        "Reading the VM from Azure.",
        now,
      );
    case "claim-held":
      return claimHeld(run, event, now);
    case "released":
      return { ...resetAttempts(run), claimed: false };
    case "alert-reported":
      return { ...resetAttempts(run), alertReported: true };
    case "alert-acknowledged":
      return acknowledged(run);
    case "fix-handed-over":
      return handedOver(run, event.page, now);
    case "script-discarded":
      return recordCleanup(run, event, now);
    case "effect-failed":
      if (event.effect === "discard-script") return recordCleanup(run, event, now);
      if (event.effect === "acknowledge-alert") return notAcknowledged(run, event.problem, now);
      return inPhase(run, event, now);
    default:
      return inPhase(run, event, now);
  }
}

function inPhase(run: Run, event: PhaseEvent, now: Date): Run {
  switch (run.state) {
    case "queued":
      return queued(run, event, now);
    case "preflight":
      return preflight(run, event, now);
    case "collecting":
      return collecting(run, event, now);
    case "planned":
      return planned(run, event, now);
    case "awaiting-approval":
      return awaitingApproval(run, event, now);
    case "probing":
      return probing(run, event, now);
    case "applying":
      return applying(run, event, now);
    case "restarting":
      return restarting(run, event, now);
    case "verifying":
      return verifying(run, event, now);
    case "weakened":
      return weakened(run, event, now);
    case "rolling-back":
      return rollingBack(run, event, now);
    case "ended":
      return ended(run, event, now);
  }
}

/**
 * A new run ends when another run holds the VM. A run that continues after a decision waits for the other run, and so does
 * a repair or an undo while a diagnosis holds the VM: diagnoses are short and change nothing.
 */
function claimHeld(run: Run, held: Events<"claim-held">, now: Date): Run {
  if (run.state === "ended" || run.claimed) return run;
  const { happened, advice } = describeHolder(held);
  const problem = { code: "vm-claimed" as const, message: happened, retryable: true };
  const isAhead = run.intent !== "diagnose" && held.intent === "diagnose";
  if (run.state !== "queued" || isAhead) {
    const again = tryAgain(run, { ...problem, retryAfterMs: settleMs }, maximumClaimAttempts, now);
    if (again) return again;
  }
  return endRun(run, now, { kind: "failed", summary: `${happened} ${advice}`, problem });
}

/** Names the run that holds the VM, and what ends its claim. */
function describeHolder({ by, state }: Events<"claim-held">): { happened: string; advice: string } {
  switch (state) {
    case "awaiting-approval":
      return {
        happened: `Run ${by} has changed this VM, and its next plan waits for a decision.`,
        advice: "Approve or reject that plan, then start again.",
      };
    case "weakened":
      return {
        happened: `Run ${by} keeps a setting of this VM weakened.`,
        advice: "Undo that run to restore the setting now, or wait for its deadline, then start again.",
      };
    case "queued":
    case "preflight":
    case "collecting":
      return {
        happened: `Run ${by} is working on this VM (${state}).`,
        advice: "Wait for it to end, or cancel it, then start again.",
      };
    case null:
      return {
        happened: `Run ${by} holds this VM, and its state cannot be read here.`,
        advice: `Continue it with the version of this program that stored it, then start again. When it has not been saved for ${unreadableClaimMs / 3_600_000} hours, the next run sets it aside and takes the VM over.`,
      };
    default:
      return {
        happened: `Run ${by} is working on this VM (${state}).`,
        advice: "Wait for it to end, then start again.",
      };
  }
}
