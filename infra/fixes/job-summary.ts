import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainLines } from "../../lib/core/plain-text.ts";

/** The page of a pipeline's run shows what each step has added to it, as Markdown. */
export interface Section {
  readonly title: string;
  /** One sentence of ours. */
  readonly says: string;
  /** Text of the service and of Azure, shown as it is. */
  readonly quoted: string;
}

/** What the service and Azure say may be long; GitHub takes 1 MiB of a step, and a reader much less. */
const longest = 60_000;

/**
 * Adds a section: GitHub Actions appends the file that GITHUB_STEP_SUMMARY names; Azure Pipelines takes a file of its own
 * by a command of the log (task.uploadsummary). Elsewhere it does nothing.
 */
export function addToSummary(environment: Readonly<Record<string, string | undefined>>, section: Section): void {
  const { GITHUB_STEP_SUMMARY, TF_BUILD, AGENT_TEMPDIRECTORY } = environment;
  if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, markdownOf(section));
  if (TF_BUILD && AGENT_TEMPDIRECTORY) {
    const file = join(AGENT_TEMPDIRECTORY, `${section.title.replaceAll(/\W+/g, "-")}-${process.pid}.md`);
    writeFileSync(file, markdownOf(section));
    console.log(`##vso[task.uploadsummary]${file}`);
  }
}

export function markdownOf({ title, says, quoted }: Section): string {
  const text = plainLines(quoted).slice(0, longest);
  return [`## ${title}`, "", says, "", ...(text ? [fenced(text), ""] : []), ""].join("\n");
}

/** A block of code whose fence is longer than any row of backticks in it: nothing in it ends it. */
function fenced(text: string): string {
  const rows = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...rows.map(({ length }) => length + 1)));
  return `${fence}text\n${text}\n${fence}`;
}
