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
  return startRun(request, "repair", (run, session) => askAbout(run, session, request));
}

/** Shows the faults and the plan, and asks. Without an answer the run keeps waiting for `decide`. */
async function askAbout(given: RunView, session: Session, { terminal, options }: Request): Promise<Result<RunView>> {
  const run = cleanAll(given);
  if (!terminal.ask || options.json || !run.plan) return ok(given);
  const { layout, write } = terminal.err;
  const faults = run.findings.filter(({ verdict }) => verdict === "faulty");
  const why = run.log.at(-1)?.message ?? "";
  const lines = [
    ...renderSection(`Faults of ${nameOf(run)}`, renderFindings(faults, [], layout), layout),
    ...renderSection("Plan", renderPlan(run.plan, layout), layout),
    "",
    ...wrapText(why, layout.width),
  ];
  write(`${lines.join("\n")}\n`);
  const answer = await terminal.ask("Apply it? [y/N] ");
  if (terminal.stopped.aborted) throw new Stopped(given, session.place);
  if (answer === null) return ok(given);
  const approved = isYes(answer);
  const decided = await session.decide(run.id, { approved, planHash: run.plan.hash });
  return decided.ok ? session.settle(run.id) : decided;
}
