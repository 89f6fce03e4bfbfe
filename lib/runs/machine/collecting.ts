import type { Problem } from "../../core/problem.ts";
import type { Run, RunIn } from "../../core/run.ts";
import { cancelledUntouched } from "./cancel.ts";
import { afterDiagnosis } from "./diagnosis.ts";
import { type Events, ignored, type PhaseEvent } from "./events.ts";
import { failedBy, guestProblem } from "./guest-problem.ts";
import { diagnose, observe } from "./observe.ts";
import { type Awaited, awaitScript, leaveScript } from "./script.ts";
import { end } from "./transitions.ts";

/** The phase that looks inside the VM. */
export function collecting(run: RunIn<"collecting">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "departing":
    case "script-started":
    case "script-running":
    case "script-absent":
    case "script-finished":
    case "effect-failed":
      return collected(awaitScript(run, event, now), now);
    case "cancel":
      // The script continues and changes nothing. Its Run Command is deleted when it can no longer be running.
      return cancelledUntouched(leaveScript(run, now), event.by, now);
    default:
      return ignored(run, event satisfies Ignored);
  }
}

type Ignored = Events<"azure-read" | "restart-accepted" | "access-requested" | "probed" | "time-passed" | "decide">;

function collected(awaited: Awaited<RunIn<"collecting">>, now: Date): Run {
  const { run } = awaited;
  switch (awaited.kind) {
    case "goes-on":
      return run;
    case "replied": {
      const { reply } = awaited;
      if (reply.status === "repeated" || reply.status === "expired") return unseen(run, guestProblem(reply), now);
      if (!reply.evidence) return end(run, now, failedBy(guestProblem(reply)));
      const evidence = observe(run.before.azure, reply.evidence, run.options, now);
      return afterDiagnosis(diagnose(run, evidence), evidence, now);
    }
    case "unknown":
      return unseen(run, awaited.problem, now);
    case "not-started":
      return end(run, now, failedBy(awaited.problem));
  }
}

/** The script's evidence is not known. The script changes nothing. */
function unseen(run: Run, problem: Problem, now: Date): Run {
  const nothing = run.receipts.length === 0 ? " Nothing was changed." : "";
  const summary = `${problem.message}${nothing} Start again; if it repeats, look at the VM agent.`;
  return end(run, now, { kind: "unknown", summary, problem });
}
