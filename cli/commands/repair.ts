import { ok, type Result } from "../../lib/core/problem.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import { cleanAll } from "../render/clean.ts";
import { renderFindings } from "../render/findings.ts";
import { renderPlan } from "../render/plan.ts";
import { renderSection } from "../render/section.ts";
import { nameOf } from "../render/vm-name.ts";
import { wrapText } from "../render/wrap.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import type { Session } from "../session.ts";
import { startRun } from "../start-run.ts";
import { Stopped } from "../stopped.ts";
import { isYes } from "../terminal.ts";

/**
 * Diagnoses a VM, repairs it and proves the repair. On a terminal, a riskier plan is shown and needs a yes.
 */
export function repair(request: Request): Promise<Result<Report>> {
  return startRun(request, "repair", {
    whenWaiting: (run, session) => askAbout(run, session, request),
    // A service asks somebody else than the requester, so the plan is shown by a dry run before it is asked for.
    ...(asks(request) && !request.options["dry-run"] && { confirm: (planned) => mayRepair(planned, request) }),
  });
}

function asks({ terminal, options }: Request): boolean {
  return terminal.ask !== null && !options.json && !options.yes;
}

/** Shows the faults and the plan, and asks. Without an answer the run keeps waiting for `decide`. */
async function askAbout(given: RunView, session: Session, { terminal, options }: Request): Promise<Result<RunView>> {
  // A service takes no approval from the requester.
  if (!session.isLocal || !terminal.ask || options.json || !given.plan) return ok(given);
  showPlan(given, terminal);
  const answer = await terminal.ask("Apply it? [y/N] ");
  if (terminal.stopped.aborted) throw new Stopped(given, session.place);
  if (answer === null) return ok(given);
  const decided = await session.decide(given.id, { approved: isYes(answer), planHash: given.plan.hash });
  return decided.ok ? session.settle(given.id) : decided;
}

/** Whether the repair that a dry run has planned is wanted. */
async function mayRepair(planned: RunView, { terminal }: Request): Promise<boolean> {
  if (!terminal.ask || !planned.plan) return false;
  showPlan(planned, terminal);
  return isYes(await terminal.ask("Repair it through the service? [y/N] "));
}

function showPlan(given: RunView, { err: { layout, write } }: Request["terminal"]): void {
  const run = cleanAll(given);
  const faults = run.findings.filter(({ verdict }) => verdict === "faulty");
  const lines = [
    ...renderSection(`Faults of ${nameOf(run)}`, renderFindings(faults, [], layout), layout),
    ...renderSection("Plan", run.plan ? renderPlan(run.plan, layout) : [], layout),
    "",
    ...wrapText(run.summary || (run.log.at(-1)?.message ?? ""), layout.width),
  ];
  write(`${lines.join("\n")}\n`);
}
