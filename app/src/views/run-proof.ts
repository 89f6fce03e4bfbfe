import { html, nothing, type TemplateResult } from "lit-html";
import { describeHandshake } from "../../../lib/report/handshake-text.ts";
import { boxesOfPath } from "../../../lib/report/path-boxes.ts";
import type { Run } from "../api.ts";
import { badge } from "../parts.ts";
import { plain, readable, timeText, type Word } from "../words.ts";
import { sectionOf } from "./run-findings.ts";

/* Whether a run's result is proven, what stands on the way of a client, and how it came about. */

type Handshake = Run["handshakes"]["before"];

function handshakeWord(handshake: Handshake): Word {
  if (!handshake) return { text: "none made", colour: "quiet" };
  if ("unreadable" in handshake) return { text: "not known", colour: "doubt" };
  switch (handshake.result) {
    case "completed":
      return { text: "completed", colour: "good" };
    case "rdp-security":
      return { text: "no TLS", colour: "doubt" };
    case "failed":
      return { text: "failed", colour: "bad" };
  }
}

/** The handshakes with the VM's own listener, beside each other. */
export function handshakesPart({ handshakes: { before, after } }: Run): TemplateResult | typeof nothing {
  if (!before && !after) return nothing;
  const side = (title: string, handshake: Handshake) =>
    html`<div class="card"><p class="card-head"><b>${title}</b> ${badge(handshakeWord(handshake))}</p>
      <p>${describeHandshake(handshake) ?? "No handshake was made."}</p></div>`;
  return sectionOf(
    "Handshake",
    html`<div class="pair">${side("Before", before)}${after ? side("After", after) : nothing}</div>`,
  );
}

/** The paths of the sources that were asked for, else of all, drawn hop by hop. */
export function networkPart({ network, proposals, pipelinePage }: Run): TemplateResult | typeof nothing {
  const asked = network.filter((verdict) => verdict.asked);
  const shown = asked.length > 0 ? asked : network;
  if (shown.length === 0) return nothing;
  return sectionOf(
    "Network path",
    html`${shown.map(
      (verdict) => html`<p>${verdict.because}</p>
      <ol class="path" aria-label="${verdict.source} to ${verdict.destination}: ${verdict.verdict}">
        ${boxesOfPath(verdict).map(
          ({ title, text, colour, hint, decides }) =>
            html`<li class="hop ${colour} ${decides ? "decides" : ""}" title=${hint}><b>${title}</b><span>${text}</span>${decides ? html`<i>decides</i>` : nothing}</li>`,
        )}
      </ol>`,
    )}
    ${proposals.map(
      ({ source, rules }) =>
        html`<p>${rules.length === 1 ? "A rule" : `${rules.length} rules`} for ${source} ${rules.length === 1 ? "is" : "are"} proposed to the network owner.</p>`,
    )}
    ${pipelinePage?.startsWith("https://") ? html`<p><a href=${pipelinePage} target="_blank" rel="noopener noreferrer">The pipeline that deploys it</a></p>` : nothing}`,
  );
}

/** What will lock people out although they get in today. */
export function lockoutsPart({ lockouts }: Run): TemplateResult | typeof nothing {
  if (lockouts.length === 0) return nothing;
  return sectionOf(
    "What will lock people out",
    html`<ul class="cards">${lockouts.map(
      ({ when, kind, because, cure }) =>
        html`<li><p class="card-head"><b>${plain(kind)}</b> <span class="quiet">${whenText(when)}</span></p><p>${readable(because)}</p><p>${cure}</p></li>`,
    )}</ul>`,
  );
}

export function whenText(when: Run["lockouts"][number]["when"]): string {
  switch (when.on) {
    case "date":
      return `on ${new Date(when.at).toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" })}`;
    case "restart":
      return "at the next restart";
    case "repair":
      return "when a repair is needed";
  }
}

/** The steps without the VM agent. */
export function offlinePart({ offlineSteps }: Run): TemplateResult | typeof nothing {
  if (offlineSteps.length === 0) return nothing;
  return sectionOf(
    "Without the VM agent",
    html`<ol class="steps">${offlineSteps.map(
      ({ title, why, commands }) =>
        html`<li><p><b>${title}</b><br>${why}</p>${commands.map((command) => html`<pre tabindex="0">${command}</pre>`)}</li>`,
    )}</ol>`,
  );
}

const reaches: Readonly<Record<string, string>> = {
  azure: "As Azure reports the VM and its network; nothing inside Windows",
  windows: "Inside Windows; no handshake completed",
  tls: "To a handshake on the VM itself; no client's address was judged",
  client: "The whole way of a client to the VM",
};

/** How far the run has looked: no outcome says more than this. */
export function reachPart({ result }: Run): TemplateResult | typeof nothing {
  const coverage = result?.coverage;
  if (!coverage) return nothing;
  return sectionOf(
    "How far it looked",
    html`<p>${reaches[coverage.reach] ?? coverage.reach}.</p>
    ${
      coverage.notLooked.length > 0
        ? html`<details><summary>Not looked at: ${coverage.notLooked.length}</summary>
        <dl>${coverage.notLooked.map(({ what, next }) => html`<dt>${what}</dt><dd>${next}</dd>`)}</dl></details>`
        : nothing
    }`,
  );
}

export function timelinePart({ log }: Run, now: number): TemplateResult {
  return sectionOf(
    "Timeline",
    html`<ol class="timeline">${log.map(
      ({ at, state, message }) =>
        html`<li><time datetime=${at}>${timeText(at, now)}</time><b>${plain(state)}</b><span>${readable(message, now)}</span></li>`,
    )}</ol>`,
  );
}
