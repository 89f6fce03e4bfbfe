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

/** What a command does besides starting a run and waiting for it. */
export interface StartHooks {
  /** Called when the run needs a decision. */
  readonly whenWaiting?: (run: RunView, session: Session) => Promise<Result<RunView>>;
  /** Through a service: is shown the result of a dry run that has planned changes, and says whether to go on. */
  readonly confirm?: (planned: RunView) => Promise<boolean>;
  readonly report?: (run: RunView, place: CommandPlace) => Report;
}

/** Starts a run on the named VM and waits for it. */
export async function startRun(
  request: Request,
  intent: "diagnose" | "repair",
  { whenWaiting, confirm, report = reportRun }: StartHooks = {},
): Promise<Result<Report>> {
  const named = readVm(request);
  if (!named.ok) return named;
  const work = async (session: Session) => {
    const vm = named.value ?? session.place.sandbox?.firstVm;
    if (!vm) throw new Error("no VM was named, and there is no sandbox");
    const earlier = await session.settleEarlier(vm);
    if (!earlier.ok) return earlier;
    const options = session.isLocal
      ? runOptions(request.options, intent, request.terminal.ask)
      : serviceOptions(request.options, intent);
    if (confirm && !session.isLocal) {
      const planned = await startAndSettle(session, { vm, intent, options: { ...options, dryRun: true } });
      const isPlanned = planned.ok && (planned.value.plan?.changes.length ?? 0) > 0;
      if (!planned.ok || !isPlanned || !(await confirm(planned.value))) return planned;
    }
    const run = await startAndSettle(session, { vm, intent, options });
    return whenWaiting && run.ok && run.value.state === "awaiting-approval" ? whenWaiting(run.value, session) : run;
  };
  return workInSession(request, work, report);
}

async function startAndSettle(session: Session, request: StartRequest): Promise<Result<RunView>> {
  const begun = await session.start(request);
  return begun.ok ? session.settle(begun.value.id) : begun;
}

/** For a service: without --max-risk its own limit decides, which a request may only lower. */
export function serviceOptions(options: Options, intent: StartRequest["intent"]): StartRequest["options"] {
  const { maximumRisk: _, ...all } = runOptions(options, intent, null);
  return { ...all, ...(options["max-risk"] && { maximumRisk: options["max-risk"] }) };
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
    maximumRisk: asks ? lowerRisk("low", options["max-risk"]) : (options["max-risk"] ?? "interrupts-sessions"),
    sources: options.from,
  };
}
