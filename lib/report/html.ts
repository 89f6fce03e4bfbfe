import { describeChange } from "../core/change.ts";
import type { Finding } from "../core/finding.ts";
import { html } from "../core/html.ts";
import type { Run } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import { answersOf } from "./answers.ts";
import { outcomeColours, verdictColours, verdictOrder } from "./colours.ts";
import { list, page, part } from "./html-text.ts";
import { handshakeTexts } from "./markdown.ts";
import { nextTexts, type Undo } from "./next-texts.ts";
import { drawPath } from "./path-drawing.ts";

/**
 * A run as one self-contained HTML page, to attach to a ticket: answers, findings, plan, receipts, handshakes, network
 * path and timeline. It has no script and loads nothing. `simulated`: the world of a sandbox, when the run was made there.
 */
export function htmlReport(
  run: Run,
  { simulated, undoneBy = null }: { simulated?: string | undefined; undoneBy?: Undo } = {},
): string {
  const { vm, intent, outcome, state, plan, receipts } = run;
  const kind = outcome?.kind ?? state;
  const title = `${vm.name}: ${intent}, ${kind}`;
  const colour = outcome ? outcomeColours[outcome.kind] : "doubt";
  return page(
    title,
    [
      `<header><h1>${html(vm.name)} <span class="${colour}">${html(kind)}</span></h1>`,
      `<p class="quiet"><code>${html(formatVmId(vm))}</code><br>${html(intent)}, run <code>${html(run.id)}</code>, ${span(run)}`,
      simulated === undefined ? "" : `<br><strong>Simulated: Azure was a sandbox, world ${html(simulated)}.</strong>`,
      "</p></header>",
      answers(run, undoneBy),
      part("findings", "Findings", findingTable(run)),
      part(
        "plan",
        "Plan",
        plan
          ? `${list(plan.changes.map((change) => html(describeChange(change))))}<p>Risk: ${html(plan.risk)}.${
              plan.mayNeedRestart ? " A restart of the VM may be needed before the change takes effect." : ""
            }</p>${list(plan.refusals.map(({ remediation, because }) => html(`Not ${remediation}: ${because}`)))}`
          : "",
      ),
      part("receipts", intent === "undo" ? "Rolled back inside the VM" : "Done inside the VM", receiptTable(receipts)),
      part("handshakes", "Handshakes", list(handshakeTexts(run).map(html))),
      part("network", "Network path", networkPart(run)),
      part("timeline", "Timeline (UTC)", timeline(run)),
    ].join("\n"),
  );
}

/** The times of a run, in UTC to the second. */
function span({ createdAt, updatedAt }: Run): string {
  return `${html(timeText(createdAt))} to ${html(timeText(updatedAt))} UTC`;
}

function timeText(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)}`;
}

function answers(run: Run, undoneBy: Undo): string {
  const { wrong, done, proven } = answersOf(run);
  const next = nextTexts(run, undoneBy).map(
    ({ says, command }) => html(says) + (command ? `<pre>${html(command)}</pre>` : ""),
  );
  return `<div class="answers">${[
    part("wrong", "What is wrong", list(wrong.map(html))),
    part("done", done.title, list(done.lines.map(html))),
    part("proven", "Proven", `<p>${html(proven)}</p>`),
    part("next", "Next", list(next)),
  ].join("")}</div>`;
}

function findingTable({ findings, findingsAfter }: Run): string {
  const first = findings.length > 0 ? findings : findingsAfter;
  if (first.length === 0) return "";
  const later = new Map(findingsAfter.map((finding) => [finding.check, finding]));
  const sorted = verdictOrder.flatMap((verdict) => first.filter((finding) => finding.verdict === verdict));
  const rows = sorted.map((was) => {
    const is = later.get(was.check) ?? was;
    const moved = is.verdict !== was.verdict;
    const words = moved ? `${verdictWord(was)} → ${verdictWord(is)}` : verdictWord(is);
    const reasons = moved ? `${html(was.because)}<br>Now: ${html(is.because)}` : html(is.because);
    return `<tr><td>${words}</td><th>${html(was.check)}</th><td>${reasons}</td></tr>`;
  });
  return `<table>${rows.join("")}</table>`;
}

function verdictWord({ verdict }: Finding): string {
  return `<span class="word ${verdictColours[verdict]}">${html(verdict)}</span>`;
}

function receiptTable(receipts: Run["receipts"]): string {
  if (receipts.length === 0) return "";
  const rows = receipts.map(({ kind, target, changed, note }) => {
    const word = changed ? "changed" : "already so";
    return `<tr><td>${word}</td><th>${html(kind)}</th><td><code>${html(target)}</code>${note ? `<br>${html(note)}` : ""}</td></tr>`;
  });
  return `<table>${rows.join("")}</table>`;
}

/** The paths of the sources that were asked for, else of all. */
function networkPart({ before, after, proposals }: Run): string {
  const all = (after ?? before)?.network ?? [];
  const asked = all.filter((verdict) => verdict.asked);
  const shown = asked.length > 0 ? asked : all;
  const rules = proposals.flatMap(({ source, rules: proposed }) =>
    proposed.map(({ nsgId, priority }) =>
      html(`Proposed to the network owner: a rule for ${source} with priority ${priority} in ${nsgId}.`),
    ),
  );
  return shown.map((verdict) => `<p>${html(verdict.because)}</p>${drawPath(verdict)}`).join("") + list(rules);
}

function timeline({ log }: Run): string {
  const rows = log.map(
    ({ at, state, message }) =>
      `<tr><td><time datetime="${html(at)}">${html(timeText(at))}</time></td><th>${html(state)}</th><td>${html(message)}</td></tr>`,
  );
  return rows.length > 0 ? `<table>${rows.join("")}</table>` : "";
}
