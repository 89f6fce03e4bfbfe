import { describeChange } from "../core/change.ts";
import type { Run } from "../core/run.ts";
import { describeHandshake } from "./handshake-text.ts";

/** What a reader asks first of a run, as sentences: what is wrong, what was or will be done, and whether it is proven. */
export interface RunAnswers {
  readonly wrong: readonly string[];
  readonly done: { readonly title: "Done" | "Planned" | "Waiting for a decision"; readonly lines: readonly string[] };
  readonly proven: string;
}

/** The answers of a run, from the run alone. */
export function answersOf(run: Run): RunAnswers {
  return { wrong: wrongOf(run), done: doneOf(run), proven: provenOf(run) };
}

function wrongOf({ findings, findingsAfter, before, outcome, intent }: Run): string[] {
  const judged = findings.length > 0 ? findings : findingsAfter;
  const faults = judged.filter(({ verdict }) => verdict === "faulty");
  if (faults.length > 0) return faults.map(({ check, because }) => `${check}: ${because}`);
  const open = judged.filter(({ verdict }) => verdict === "unknown" || verdict === "intended");
  if (open.length > 0) return open.map(({ check, because }) => `${check}: ${because}`);
  if (intent === "undo") return ["This run takes an earlier one back; it looks for no faults."];
  if (outcome?.problem) return [outcome.problem.message];
  return [before?.guest ? "No check found a fault." : "Not known: nothing was read inside the VM."];
}

function doneOf({ state, intent, receipts, plan, options }: Run): RunAnswers["done"] {
  const changed = receipts.filter((receipt) => receipt.changed);
  if (changed.length > 0) {
    const word = intent === "undo" ? "rolled back" : "changed";
    return { title: "Done", lines: changed.map(({ kind, target }) => `${word}: ${kind}, ${target}`) };
  }
  const changes = plan?.changes.map(describeChange) ?? [];
  if (state === "awaiting-approval") return { title: "Waiting for a decision", lines: changes };
  if (changes.length === 0 || intent === "undo") return { title: "Done", lines: ["Nothing was changed."] };
  const why = options.dryRun ? "This was a dry run" : "This run has changed nothing";
  return { title: "Planned", lines: [`${why}; a repair would:`, ...changes] };
}

function provenOf({ outcome, before, after, findingsAfter, receipts }: Run): string {
  const handshakeAfter = describeHandshake(after?.guest?.handshake);
  const shown = handshakeAfter ? ` The handshake after it: ${handshakeAfter}.` : "";
  if (!receipts.some((receipt) => receipt.changed)) {
    const now = describeHandshake(before?.guest?.handshake);
    return now
      ? `Nothing was changed. The handshake on the VM: ${now}.`
      : "Nothing was changed, and no handshake was made.";
  }
  switch (outcome?.kind) {
    case "repaired":
    case "healthy":
      return `Yes: the same ${findingsAfter.length} checks find no fault on new evidence.${shown}`;
    case "undone":
      return `Yes: the guest compared the restored state with its journal.${shown}`;
    case "not-repaired":
      return `No: the changes did not prove themselves and were rolled back.${shown}`;
    default: {
      const left = findingsAfter.filter(({ verdict }) => verdict === "faulty").map(({ check }) => check);
      return left.length > 0
        ? `In part: still faulty are ${left.join(", ")}.${shown}`
        : `Not yet: ${outcome?.summary ?? "the run has not ended."}${shown}`;
    }
  }
}
