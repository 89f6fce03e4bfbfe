import { describeChange } from "../core/change.ts";
import type { Finding } from "../core/finding.ts";
import { plainText } from "../core/plain-text.ts";
import type { Run } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import { answersOf } from "./answers.ts";
import { describeHandshake } from "./handshake-text.ts";
import { nextTexts, type Undo } from "./next-texts.ts";

/** A run as Markdown, for a ticket or a chat. Texts from the VM and from Azure cannot become markup. */
export function markdownReport(run: Run, undoneBy: Undo = null): string {
  const { wrong, done, proven } = answersOf(run);
  const after = new Map(run.findingsAfter.map((finding) => [finding.check, finding]));
  const shown = (run.findings.length > 0 ? run.findings : run.findingsAfter).filter(
    ({ verdict }) => verdict !== "healthy" && verdict !== "not-applicable",
  );
  const healthy = run.findings.filter(({ verdict }) => verdict === "healthy").map(({ check }) => check);
  return [
    `# ${md(run.vm.name)}: ${run.intent}, ${run.outcome?.kind ?? run.state}`,
    "",
    `VM \`${code(formatVmId(run.vm))}\`, run \`${run.id}\`, ${run.createdAt} to ${run.updatedAt}.`,
    "",
    ...section("What is wrong", bullets(wrong)),
    ...section(done.title, bullets(done.lines)),
    ...section("Proven", [md(proven)]),
    ...section(
      "Next",
      nextTexts(run, undoneBy).flatMap(({ says, command }) => [
        `- ${md(says)}`,
        ...(command ? ["", `      ${plainText(command)}`, ""] : []),
      ]),
    ),
    ...section("Findings", [
      ...shown.map((finding) => `- ${findingText(finding, after.get(finding.check))}`),
      ...(healthy.length > 0 ? [`- healthy: ${healthy.map(md).join(", ")}`] : []),
    ]),
    ...section("Plan", run.plan ? bullets([...run.plan.changes.map(describeChange), `risk: ${run.plan.risk}`]) : []),
    ...section("Receipts", bullets(run.receipts.map(receiptText))),
    ...section("Handshakes", bullets(handshakeTexts(run))),
    ...section("Network", bullets((run.after ?? run.before)?.network.map(({ because }) => because) ?? [])),
    ...section("Timeline (UTC)", bullets(run.log.map(({ at, state, message }) => `${at} ${state}: ${message}`))),
  ].join("\n");
}

export function handshakeTexts({ before, after, outside }: Run): string[] {
  const texts = [
    ["before", describeHandshake(before?.guest?.handshake)],
    ["after", describeHandshake(after?.guest?.handshake)],
    ["before, from the service", outside.before?.because],
    ["after, from the service", outside.after?.because],
  ];
  return texts.flatMap(([when, text]) => (text ? [`${when}: ${text}`] : []));
}

function receiptText({ kind, target, changed, note }: Run["receipts"][number]): string {
  return `${changed ? "changed" : "already so"}: ${kind}, ${target}${note ? ` (${note})` : ""}`;
}

function findingText(was: Finding, is: Finding | undefined): string {
  const moved = is && is.verdict !== was.verdict ? ` Now ${is.verdict}: ${md(is.because)}` : "";
  return `${was.verdict} **${md(was.check)}**: ${md(was.because)}${moved}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`## ${title}`, "", ...lines, ""] : [];
}

function bullets(texts: readonly string[]): string[] {
  return texts.map((text) => `- ${md(text)}`);
}

/** Every character that Markdown or HTML could read as markup, escaped. */
function md(text: string): string {
  return plainText(text).replace(/[\\`*_{}[\]<>()#+!|~&]/g, (letter) => `\\${letter}`);
}

/** Text between backticks, which nothing in it can end. */
function code(text: string): string {
  return plainText(text).replaceAll("`", "'");
}
