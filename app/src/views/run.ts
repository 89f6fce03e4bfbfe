import { html, nothing, type TemplateResult } from "lit-html";
import type { Problem, Run } from "../api.ts";
import type { CheckPage } from "../causes.ts";
import { age, badge, loading, problemPart } from "../parts.ts";
import { poll, type Seen } from "../poll.ts";
import { linkTo, linkToOperation, linkToRun } from "../route.ts";
import type { Context, View } from "../view.ts";
import { nameOf, plain, readable, stateOf, timeText, triggerText, vmName } from "../words.ts";
import { runActions } from "./run-actions.ts";
import { findingsPart, planPart, receiptsPart, sectionOf, wrongPart } from "./run-findings.ts";
import { handshakesPart, lockoutsPart, networkPart, offlinePart, reachPart, timelinePart } from "./run-proof.ts";

/** One run: what is wrong, what waits for whom, what was done, whether it is proven, and how it came about. */
export function openRun(context: Context, id: string): View {
  let run: Run | null = null;
  let problem: Problem | null = null;
  let text = "";
  let pages: Readonly<Record<string, CheckPage>> = {};

  // Without them a run is shown all the same: the file is gone when the service was updated since the page was opened.
  import("../causes.ts").then(
    ({ checkPages }) => {
      pages = checkPages;
      context.redraw();
    },
    () => {},
  );

  async function ask(): Promise<Seen> {
    const answer = await context.api.ask((api) => api.GET("/api/runs/{id}", { params: { path: { id } } }));
    if (!answer.ok) {
      const isFinal = answer.problem.kind === "refused";
      context.connection(isFinal ? null : answer.problem);
      problem = run === null || isFinal ? answer.problem : null;
      context.redraw();
      return isFinal ? "done" : "failed";
    }
    context.connection(null);
    problem = null;
    const now = JSON.stringify(answer.value);
    const seen = answer.value.state === "ended" ? "done" : "same";
    if (now === text) return seen;
    text = now;
    if (run && run.state !== answer.value.state)
      context.announce(`${stateOf(answer.value).text}. ${latest(answer.value)}`);
    run = answer.value;
    context.redraw();
    return seen === "done" ? "done" : "changed";
  }

  const polling = poll(ask);

  function wholePart(shown: Run): TemplateResult {
    return html`
      ${factsPart(shown, context)}
      ${runActions(shown, context, () => polling.now())}
      ${resultPart(shown, context)}
      ${wrongPart(shown, pages)}
      ${offlinePart(shown)}
      ${planPart(shown)}
      ${receiptsPart(shown)}
      ${handshakesPart(shown)}
      ${networkPart(shown)}
      ${lockoutsPart(shown)}
      ${reachPart(shown)}
      ${findingsPart(shown, pages)}
      ${timelinePart(shown, context.now())}
    `;
  }

  return {
    title: () => (run ? `${vmName(run.vm).name}: ${stateOf(run).text}` : "Run"),
    // The heading is the same element before and after the run is read: it has the focus.
    template: () => html`
      <p class="trail"><a href="#/runs">Runs</a></p>
      <h1 tabindex="-1">${run ? html`${vmName(run.vm).name} ${badge(stateOf(run))}` : "Run"}</h1>
      ${problemPart(problem, () => polling.now())}
      ${run ? wholePart(run) : problem ? nothing : loading()}
    `,
    close: () => polling.stop(),
  };
}

function latest({ log }: Run): string {
  return log.at(-1)?.message ?? "";
}

function factsPart(run: Run, { config, now }: Context): TemplateResult {
  const { name, group } = vmName(run.vm);
  const portal = `${config.portal}/#@${encodeURIComponent(config.tenantId)}`;
  const { alertId } = run.requestedBy;
  // As in the mails of Azure Monitor.
  const alert = "view/Microsoft_Azure_Monitoring_Alerts/AlertDetails.ReactView/alertId";
  return html`
    <p class="facts">
      <span>${plain(run.mode)}${run.options.dryRun ? ", only a plan" : ""}, by ${triggerText(run.requestedBy)}</span>
      <span>${age(run.createdDateTime, now())}</span>
      ${run.operationId && run.operationId !== run.id ? html`<a href=${linkToOperation(run.operationId)}>operation</a>` : nothing}
      <a href=${linkTo(["runs"], { vm: run.vm, since: "90d" })}>other runs of this VM</a>
      <a href=${`${portal}/resource${encodeURI(run.vm)}/overview`} target="_blank" rel="noopener noreferrer">${group ? `${group}/${name}` : name} in the Azure portal</a>
      ${alertId ? html`<a href=${`${portal}/${alert}/${encodeURIComponent(alertId)}`} target="_blank" rel="noopener noreferrer">the alert in the Azure portal</a>` : nothing}
    </p>
    <p class="facts quiet"><span>run <code>${run.id}</code></span></p>`;
}

/** The answer in one look: the result, or what is going on now. */
function resultPart(run: Run, { now }: Context): TemplateResult | typeof nothing {
  if (run.state === "awaiting-approval") return nothing;
  const { colour } = stateOf(run);
  const undone = run.undoneBy;
  return html`<div class="notice ${colour}">
    <p>${readable(run.summary || latest(run), now())}${run.error && run.error.message !== run.summary ? html`<br>${run.error.message}` : nothing}</p>
    ${run.weakenedUntilDateTime ? html`<p>Weakened until ${timeText(run.weakenedUntilDateTime, now())}.</p>` : nothing}
    ${run.decision ? html`<p>${decisionText(run.decision)}</p>` : nothing}
    ${undone ? html`<p>${undone.state === "ended" ? "Undone" : "Being undone"} by <a href=${linkToRun(undone.id)}>another run</a>.</p>` : nothing}
    ${run.options.undoes ? html`<p>Undoes <a href=${linkToRun(run.options.undoes)}>an earlier run</a>.</p>` : nothing}
  </div>
  ${
    run.conflicts.length > 0
      ? sectionOf("Not restored", html`<ul>${run.conflicts.map((one) => html`<li>${one}</li>`)}</ul>`)
      : nothing
  }`;
}

function decisionText({ approved, by, reason }: NonNullable<Run["decision"]>): string {
  return `${approved ? "Approved" : "Rejected"} by ${nameOf(by)}${reason ? `: ${reason}` : ""}`;
}
