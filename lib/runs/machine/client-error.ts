import type { Finding } from "../../core/finding.ts";
import type { ClientError, Outcome, Run } from "../../core/run.ts";
import { factExplains } from "../../error-codes/causes.ts";
import { explainHint } from "../../error-codes/explain-hint.ts";
import type { ErrorExplanation } from "../../error-codes/explanation.ts";

/*
 * The error that the client shows is a hint: it orders the findings and words the outcome. Verdicts and plan come from
 * the evidence alone.
 */

/** The findings of the checks that decide the causes of the client's error first, in the order of these causes. */
export function orderFindings(findings: readonly Finding[], hint: ClientError | undefined): Finding[] {
  if (hint === undefined) return [...findings];
  const ranked = checksOf(explainHint(hint));
  const rank = ({ check }: Finding) => (ranked.includes(check) ? ranked.indexOf(check) : ranked.length);
  return findings.toSorted((one, other) => rank(one) - rank(other));
}

const worded: readonly Outcome["kind"][] = ["healthy", "closed-on-purpose", "advised", "repaired", "not-repaired"];

/** Adds to an outcome how the findings and the client's error fit together. */
export function wordOutcome(run: Run, outcome: Outcome): Outcome {
  const { clientError } = run.options;
  if (clientError === undefined || run.intent === "undo" || !worded.includes(outcome.kind)) return outcome;
  return { ...outcome, summary: `${outcome.summary} ${describeFit(run.findings, explainHint(clientError))}` };
}

/** The client's error in short form, for the log. */
export function nameClientError(hint: ClientError): string {
  const { understood } = explainHint(hint);
  return understood || `"${typeof hint === "string" ? hint : hint.code}"`;
}

function describeFit(findings: readonly Finding[], explanation: ErrorExplanation): string {
  const { understood, codes, notUnderstood, causes } = explanation;
  if (causes.length === 0) {
    const what = understood || `"${notUnderstood.join(" ")}"`;
    return `The client's error ${what} says nothing about the cause.`;
  }
  const means = codes.filter(({ source }) => source !== null).map((code) => code.means);
  const saw = `You saw ${understood}${means.length > 0 ? ` (${means.join("; ")})` : ""}`;
  const decided = checksOf(explanation).flatMap((id) => findings.find(({ check }) => check === id) ?? []);
  const faulty = decided.filter(({ verdict }) => verdict === "faulty").map(({ check }) => check);
  if (faulty.length > 0) return `${saw}: it fits the ${faulty.length === 1 ? "fault" : "faults"} of ${list(faulty)}.`;
  const noted = decided.filter(({ verdict }) => verdict === "noted").map(({ check }) => check);
  const inOrder = decided.filter(({ verdict }) => verdict === "healthy");
  const telling = inOrder.filter((finding) => explainsError(finding, explanation));
  const excluded = inOrder.filter((finding) => !telling.includes(finding)).map(({ check }) => check);
  const isOpen = ({ check, title }: (typeof causes)[number]) =>
    check === null || !(excluded.includes(check) || telling.some(({ evidence }) => factExplains(title, evidence)));
  const open = causes.filter(isOpen).map(({ title }) => title);
  return [
    `${saw}.`,
    ...telling.map(({ check, because }) => `${check} may explain it, and is no fault of the VM: ${because}`),
    ...(noted.length > 0 ? [`The notes of ${list(noted)} may explain it.`] : []),
    ...(excluded.length > 0 ? [`Of its usual causes, ${list(excluded)} found no fault.`] : []),
    ...(open.length > 0 ? [`Not excluded by this run: ${open.slice(0, mostOpen).join(" ")}`] : []),
  ].join(" ");
}

/** More would hide the likeliest ones; `explain` shows all. */
const mostOpen = 3;

function checksOf({ causes }: ErrorExplanation): string[] {
  return [...new Set(causes.flatMap(({ check }) => check ?? []))];
}

/** A setting that turns some clients away on purpose: the VM has no fault, and the client meets the error. */
function explainsError({ check, evidence }: Finding, { causes }: ErrorExplanation): boolean {
  return causes.some((cause) => cause.check === check && factExplains(cause.title, evidence));
}

function list(names: readonly string[]): string {
  return names.join(", ");
}
