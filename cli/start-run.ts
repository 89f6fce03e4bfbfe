import type { Result } from "../lib/core/problem.ts";
import { lowerRisk } from "../lib/core/risk.ts";
import type { RunOptions } from "../lib/core/run-request.ts";
import type { RunView } from "../lib/run-view/run-view.ts";
import type { Options } from "./options.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { type Report, reportRun } from "./report.ts";
import type { Request } from "./request.ts";
import type { StartRequest } from "./runs-port.ts";
import { type Session, workInSession } from "./session.ts";
import { readVm } from "./target.ts";

/** Starts a run on the named VM and waits for it; calls `whenWaiting` when the run needs a decision. */
export async function startRun(
  request: Request,
  intent: "diagnose" | "repair",
  whenWaiting: (run: RunView, session: Session) => Promise<Result<RunView>>,
  report: (run: RunView, place: CommandPlace) => Report = reportRun,
): Promise<Result<Report>> {
  const named = readVm(request);
  if (!named.ok) return named;
  const work = async (session: Session) => {
    const vm = named.value ?? session.place.sandbox?.firstVm;
    if (!vm) throw new Error("no VM was named, and there is no sandbox");
    const earlier = await session.settleEarlier(vm);
    if (!earlier.ok) return earlier;
    const options = runOptions(request.options, intent, request.terminal.ask);
    const begun = await session.start({ vm, intent, options });
    if (!begun.ok) return begun;
    const run = await session.settle(begun.value.id);
    return run.ok && run.value.state === "awaiting-approval" ? whenWaiting(run.value, session) : run;
  };
  return workInSession(request, work, report);
}

/** The options of a run. `ask`: asks the user; `null` when there is no terminal. */
export function runOptions(
  options: Options,
  intent: StartRequest["intent"],
  ask: Request["terminal"]["ask"],
): RunOptions {
  // On a terminal the user sees the plan before services restart; elsewhere --max-risk alone decides.
  const asks = intent === "repair" && ask !== null && !options.yes && !options.json;
  return {
    ...(options.checks && { checks: options.checks }),
    ...(options.remediations && { remediations: options.remediations }),
    ...(options["weaken-minutes"] !== undefined && { weakenMinutes: options["weaken-minutes"] }),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.error !== undefined && { clientError: options.error }),
    ...(options["request-access"] && { requestAccess: true }),
    force: options.force,
    dryRun: options["dry-run"],
    maximumRisk: asks ? lowerRisk("low", options["max-risk"]) : options["max-risk"],
    sources: options.from,
  };
}
