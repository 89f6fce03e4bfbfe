import { randomUUID } from "node:crypto";
import type { Finding } from "../../lib/core/finding.ts";
import type { GuestEvidence } from "../../lib/core/guest-evidence.ts";
import type { Plan } from "../../lib/core/plan.ts";
import type { Result } from "../../lib/core/problem.ts";
import { composeScript, type ScriptName } from "../../lib/guest/compose.ts";
import { type GuestReply, GuestRequest } from "../../lib/guest/protocol.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import { runChecks } from "../../lib/runs/machine/observe.ts";
import { planRepair } from "../../lib/runs/planning/planner.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";

/*
 * The shipped scripts, asked as a run asks them, on one Windows without any Azure around it: look, plan, apply, undo. The same
 * steps are taken on GitHub's Windows Servers and, in the test beside this file, on the modelled Windows.
 */

/** Runs a script as Run Command does and gives all that it printed. */
export type RunScript = (text: string) => Promise<string>;

/** What the clock of that Windows says. */
export type Now = () => Date;

export interface Look {
  readonly guest: GuestEvidence;
  readonly findings: readonly Finding[];
}

export interface Repair {
  readonly runId: string;
  readonly plan: Plan;
  readonly reply: GuestReply;
}

export async function look(run: RunScript, now: Now): Promise<Look> {
  const { evidence } = await ask(run, now, "collect", { runId: randomUUID(), step: "collect-1" });
  if (!evidence) throw new Error("The reply has no evidence.");
  return { guest: evidence, findings: findingsOf(evidence) };
}

/** Plans this remediation, and no other, from what is there, and applies it. */
export async function repair(run: RunScript, now: Now, remediation: string): Promise<Repair> {
  const { guest, findings } = await look(run, now);
  const plan = must(planRepair(evidenceOf(guest), findings, { remediations: [remediation], force: false }));
  const runId = randomUUID();
  const reply = await ask(run, now, "apply", { runId, step: "apply-1", changes: plan.changes });
  return { runId, plan, reply };
}

export function undo(run: RunScript, now: Now, runId: string): Promise<GuestReply> {
  return ask(run, now, "undo", { runId: randomUUID(), step: "undo-1", undoes: runId });
}

export function verdictOf(findings: readonly Finding[], check: string): string {
  return findings.find((finding) => finding.check === check)?.verdict ?? "absent";
}

export function findingsOf(guest: GuestEvidence): Finding[] {
  return runChecks(evidenceOf(guest), undefined);
}

/** Azure and its network are as in the healthy fixture: what is judged here is inside Windows. */
function evidenceOf(guest: GuestEvidence) {
  return { ...healthyEvidence(), at: guest.collectedAt, guest };
}

/** Run Command shows the last 4 KB of an output: https://learn.microsoft.com/azure/virtual-machines/windows/run-command-managed */
const shownBytes = 4096;

/** Sends one script and gives what it answered in the part that Run Command shows; throws when that is no reply. */
export async function ask(
  run: RunScript,
  now: Now,
  script: ScriptName,
  asked: Partial<GuestRequest> & Pick<GuestRequest, "runId" | "step">,
): Promise<GuestReply> {
  const notAfter = new Date(now().getTime() + 10 * 60_000).toISOString();
  const request = GuestRequest.parse({ version: 1, notAfter, ...asked });
  const printed = await run(composeScript(script, request));
  const reply = parseReply(Buffer.from(printed).subarray(-shownBytes).toString(), request);
  if (!reply.ok) throw new Error(`${reply.problem.message}\n${printed}`);
  return reply.value;
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}
