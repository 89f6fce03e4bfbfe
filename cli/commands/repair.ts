import { ok, type Result } from "../../lib/core/problem.ts";
import type { Run } from "../../lib/core/run.ts";
import { cleanAll } from "../render/clean.ts";
import { renderPlan } from "../render/plan.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import type { Session } from "../session.ts";
import { startRun } from "../start-run.ts";
import { Stopped } from "../stopped.ts";

/** Finds out what is wrong, repairs it and proves the repair. A riskier plan is asked about where somebody can answer. */
export function repair(request: Request): Promise<Result<Report>> {
  return startRun(request, "repair", (run, session) => askAbout(run, session, request));
}

/** Shows the plan and asks. Without an answer the run goes on waiting for `decide`. */
async function askAbout(run: Run, session: Session, { terminal, options }: Request): Promise<Result<Run>> {
  if (!terminal.ask || options.json || !run.plan) return ok(run);
  const { err } = terminal;
  const question = `Its risk is "${run.plan.risk}", and "${run.options.maximumRisk}" is allowed. Apply it? [y/N] `;
  err.write(`\nThe plan for ${run.vm.name}:\n${renderPlan(cleanAll(run.plan), err.layout).join("\n")}\n\n`);
  const answer = await terminal.ask(question);
  if (terminal.stopped.aborted) throw new Stopped(run, session.place);
  if (answer === null) return ok(run);
  const approved = /^y(es)?$/i.test(answer.trim());
  const decided = await session.engine.signal(run.id, { kind: "decide", approved, by: session.trigger.by });
  return decided.ok ? ok(await session.settle(run.id)) : decided;
}
