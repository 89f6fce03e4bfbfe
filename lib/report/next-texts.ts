import type { Run } from "../core/run.ts";
import { commandShell, commandsOf } from "./finding-commands.ts";

/** What a reader can do next: a sentence, and where there is one the command that does it. */
export interface NextText {
  readonly says: string;
  readonly command?: string;
}

/** The run that has undone a run, or is undoing it; `null`: none. */
export type Undo = Pick<Run, "id" | "state" | "updatedAt"> | null;

/** What follows from a run, for somebody who reads about it elsewhere than at the terminal that made it. */
export function nextTexts(run: Run, undoneBy: Undo = null, program = "rdp-remediation"): NextText[] {
  const { id, state, plan, outcome, receipts, intent } = run;
  const texts: NextText[] = [];
  if (run.state === "awaiting-approval") {
    const hash = plan?.hash.slice(0, 12) ?? "";
    texts.push(
      { says: `Apply the plan, until ${run.decideBy}.`, command: `${program} decide ${id} --approve --plan ${hash}` },
      { says: "Reject the plan; the VM is not changed.", command: `${program} decide ${id} --reject` },
    );
  } else if (state !== "ended") {
    texts.push({ says: "See its end.", command: `${program} resume ${id}` });
  }
  if (outcome) texts.push({ says: outcome.summary });
  if (undoneBy) texts.push({ says: describeUndo(undoneBy) });
  for (const { check, because } of plan?.leaves ?? []) texts.push({ says: `${check}: ${because}` });
  for (const finding of run.findingsAfter.length > 0 ? run.findingsAfter : run.findings) {
    for (const command of commandsOf(finding)) texts.push({ says: `${finding.check}: ${commandShell}`, command });
  }
  const stays = outcome?.kind !== "not-repaired" && outcome?.kind !== "undone";
  if (state === "ended" && intent === "repair" && stays && !undoneBy && receipts.some(({ changed }) => changed)) {
    texts.push({ says: "Take the changes of this run back.", command: `${program} undo ${id}` });
  }
  for (const { what, next } of outcome?.coverage?.notLooked ?? [])
    texts.push({ says: `Not looked at: ${what}. ${next}` });
  return texts;
}

function describeUndo({ id, state, updatedAt }: NonNullable<Undo>): string {
  return state === "ended" ? `Undone by run ${id} on ${updatedAt}.` : `Run ${id} is undoing it (${state}).`;
}
