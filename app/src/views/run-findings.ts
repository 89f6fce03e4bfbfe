import { html, nothing, type TemplateResult } from "lit-html";
import { verdictColours, verdictOrder } from "../../../lib/report/colours.ts";
import type { Run } from "../api.ts";
import type { CheckPage } from "../causes.ts";
import { badge } from "../parts.ts";
import { riskTexts } from "../risks.ts";
import { type Colour, plain, readable } from "../words.ts";

/* What a run has found, plans and has done. */

type Finding = Run["findings"][number];
type Pages = Readonly<Record<string, CheckPage>>;

const words: Readonly<Partial<Record<Finding["verdict"], string>>> = { faulty: "fault", healthy: "in order" };

/** A titled part of the view. Its title is a heading, by which screen readers find it. */
export function sectionOf(title: string, content: TemplateResult): TemplateResult {
  return html`<section class="part" aria-label=${title}><h2>${title}</h2>${content}</section>`;
}

function verdictBadge({ verdict }: Finding): TemplateResult {
  return badge({ text: words[verdict] ?? plain(verdict), colour: verdictColours[verdict] });
}

/** The faults, each with its causes; and what could not be read, where there is no fault. */
export function wrongPart(run: Run, pages: Pages): TemplateResult | typeof nothing {
  const faults = run.findings.filter(({ verdict }) => verdict === "faulty");
  const shown = faults.length > 0 ? faults : run.findings.filter(({ verdict }) => verdict === "unknown");
  if (shown.length === 0) return nothing;
  const later = new Map(run.findingsAfter.map((finding) => [finding.check, finding]));
  return sectionOf(
    faults.length === 0 ? "What could not be read" : run.outcome === "repaired" ? "What was wrong" : "What is wrong",
    html`<ul class="cards">${shown.map((finding) => {
      const now = later.get(finding.check);
      const page = pages[finding.check];
      return html`<li>
        <p class="card-head"><b>${page?.title ?? finding.check}</b> ${verdictBadge(finding)}
          ${now && now.verdict !== finding.verdict ? html`<span class="quiet">then</span> ${verdictBadge(now)}` : nothing}</p>
        <p>${readable(finding.because)}</p>
        ${causesPart(page)}
      </li>`;
    })}</ul>`,
  );
}

/** What is known of the check: the section of docs/causes.md. */
function causesPart(page: CheckPage | undefined): TemplateResult | typeof nothing {
  if (!page || page.causes.length === 0) return nothing;
  return html`<details><summary>Causes that this check finds</summary>
    <dl>${page.causes.map(({ cause, helps }) => html`<dt>${cause}</dt><dd>${helps}</dd>`)}</dl></details>`;
}

/** Every check, the worst first. */
export function findingsPart(run: Run, pages: Pages): TemplateResult | typeof nothing {
  const latest = run.findingsAfter.length > 0 ? run.findingsAfter : run.findings;
  if (latest.length === 0) return nothing;
  const sorted = verdictOrder.flatMap((verdict) => latest.filter((finding) => finding.verdict === verdict));
  const good = latest.filter(({ verdict }) => verdict === "healthy").length;
  return sectionOf(
    "All checks",
    html`<details><summary>${good} of ${latest.length} checks are in order${run.findingsAfter.length > 0 ? ", after the changes" : ""}</summary>
    <ul class="lines">${sorted.map(
      (finding) =>
        html`<li>${verdictBadge(finding)}<div><b title=${pages[finding.check]?.title ?? ""}>${finding.check}</b><br>${readable(finding.because)}</div></li>`,
    )}</ul></details>`,
  );
}

/** The plan: what it may cost, each change, and what it leaves. Also shown where it is decided about. */
export function planPart(run: Run): TemplateResult | typeof nothing {
  const { plan } = run;
  // A plan that waits is shown with the question about it.
  if (
    !plan ||
    run.state === "awaiting-approval" ||
    (plan.changes.length === 0 && plan.leaves.length === 0 && !plan.access)
  )
    return nothing;
  return sectionOf(run.receipts.length > 0 ? "Plan" : "What it would do", planText(plan));
}

export function planText(plan: NonNullable<Run["plan"]>): TemplateResult {
  return html`
    <p><span class="badge ${colourOfRisk(plan.risk)}">risk: ${plain(plan.risk)}</span> ${riskTexts[plan.risk]}
      ${plan.mayNeedRestart ? "A restart of the VM may be needed before it takes effect." : nothing}</p>
    ${plan.changes.length > 0 ? html`<ol class="changes">${plan.changes.map((change) => html`<li>${readable(change)}</li>`)}</ol>` : nothing}
    ${plan.access ? html`<p>Before that, just-in-time access is requested for ${plan.access.sources.join(", ")}.</p>` : nothing}
    ${notes(
      "It leaves",
      plan.leaves.map(({ check, because }) => `${check}: ${because}`),
    )}
    ${notes(
      "It does not use",
      plan.refusals.map(({ remediation, because }) => `${remediation}: ${because}`),
    )}
    ${notes("It makes worse, because that was asked for", plan.worsens)}`;
}

function colourOfRisk(risk: NonNullable<Run["plan"]>["risk"]): Colour {
  return risk === "none" || risk === "low" ? "good" : risk === "interrupts-sessions" ? "doubt" : "bad";
}

function notes(title: string, texts: readonly string[]): TemplateResult | typeof nothing {
  if (texts.length === 0) return nothing;
  return html`<h3>${title}</h3><ul>${texts.map((text) => html`<li>${readable(text)}</li>`)}</ul>`;
}

/** What each change has become. */
export function receiptsPart({ receipts, mode }: Run): TemplateResult | typeof nothing {
  if (receipts.length === 0) return nothing;
  return sectionOf(
    mode === "undo" ? "Rolled back inside the VM" : "Done inside the VM",
    html`<ul class="lines">${receipts.map(({ kind, target, changed, note }) => {
      const word = changed
        ? { text: "changed", colour: "work" as const }
        : { text: "already so", colour: "quiet" as const };
      return html`<li>${badge(word)}<div>${plain(kind)}: <code>${target}</code>${note ? html`<br>${note}` : nothing}</div></li>`;
    })}</ul>`,
  );
}
