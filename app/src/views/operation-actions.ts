import { html, nothing, type TemplateResult } from "lit-html";
import type { Operation } from "../api.ts";
import { ask } from "../confirm.ts";
import { badge } from "../parts.ts";
import { riskTexts } from "../risks.ts";
import { linkToRun } from "../route.ts";
import { saveFile } from "../save-file.ts";
import { type Context, lacking } from "../view.ts";
import { plain } from "../words.ts";
import { sectionOf } from "./run-findings.ts";

/* The brake of an operation, and the decisions about all plans of one kind. */

type Control = "pause" | "resume" | "cancel";

const questions: Readonly<Record<Control, { title: string; says: string; action: string; said: string }>> = {
  pause: {
    title: "Pause the operation?",
    says: "No further VM starts. What is at work goes on to its end.",
    action: "Pause",
    said: "Paused.",
  },
  resume: { title: "Go on with the operation?", says: "Further VMs start.", action: "Go on", said: "It goes on." },
  cancel: {
    title: "End the operation?",
    says: "No further VM starts, and runs that have changed nothing yet are cancelled. It cannot be resumed.",
    action: "End it",
    said: "The operation ends.",
  },
};

export function operationActions(operation: Operation, context: Context, done: () => void): TemplateResult {
  const { state, mode, id } = operation;
  const why = mode === "repair" ? lacking(context, "Rdp.Repair") : null;
  const button = (kind: Control, text: string) =>
    html`<button type="button" ?disabled=${why !== null} @click=${() => control(id, kind, context, done)}>${text}</button>`;
  return html`<div class="buttons">
    ${state === "running" ? button("pause", "Pause …") : nothing}
    ${state === "paused" ? button("resume", "Go on …") : nothing}
    ${state === "running" || state === "paused" ? button("cancel", "End it …") : nothing}
    ${why && state !== "ended" ? html`<span class="quiet why-not">${why}</span>` : nothing}
    <button type="button" @click=${() =>
      saveFile(context, `operation-${id.slice(0, 8)}.csv`, (api) =>
        api.GET("/api/operations/{id}/results.csv", { params: { path: { id } }, parseAs: "blob" }),
      )}>Table (CSV)</button>
    <button type="button" @click=${() =>
      saveFile(context, `operation-${id.slice(0, 8)}.html`, (api) =>
        api.GET("/api/operations/{id}/report", { params: { path: { id } }, parseAs: "blob" }),
      )}>Report</button>
  </div>`;
}

async function control(id: string, kind: Control, { api, announce }: Context, done: () => void): Promise<void> {
  const { title, says, action, said } = questions[kind];
  const result = await ask({
    title,
    body: html`<p>${says}</p>`,
    action,
    harmful: kind === "cancel",
    async act() {
      const options = { params: { path: { id } }, body: {} };
      const answer = await api.ask((client) => {
        switch (kind) {
          case "pause":
            return client.POST("/api/operations/{id}/pause", options);
          case "resume":
            return client.POST("/api/operations/{id}/resume", options);
          case "cancel":
            return client.POST("/api/operations/{id}/cancel", options);
        }
      });
      return answer.ok ? null : answer.problem;
    },
  });
  if (result === "done") announce(said);
  done();
}

/** The plans that wait, by their kind: one decision for all of a kind. */
export function plansPart(operation: Operation, context: Context, done: () => void): TemplateResult | typeof nothing {
  const { plans, id } = operation;
  if (plans.length === 0) return nothing;
  const why = lacking(context, "Rdp.Approve");
  return sectionOf(
    "Plans that wait for a decision",
    html`<ul class="cards">${plans.map(
      (plan) => html`<li>
        <p class="card-head"><b>${plan.count} ${plan.count === 1 ? "VM" : "VMs"}: ${plan.remediations.join(", ") || "no remediation"}</b>
          ${badge({ text: `risk: ${plain(plan.risk)}`, colour: "doubt" })} <a href=${linkToRun(plan.exampleRunId)}>one of them</a></p>
        <p>${riskTexts[plan.risk]}</p>
        <div class="buttons">
          <button type="button" class="primary" ?disabled=${why !== null} @click=${() => decide(id, plan, true, context, done)}>Approve all …</button>
          <button type="button" ?disabled=${why !== null} @click=${() => decide(id, plan, false, context, done)}>Reject all …</button>
          ${why ? html`<span class="quiet why-not">${why}</span>` : nothing}
        </div>
      </li>`,
    )}</ul>`,
  );
}

async function decide(
  id: string,
  plan: Operation["plans"][number],
  approved: boolean,
  { api, announce }: Context,
  done: () => void,
): Promise<void> {
  const many = `${plan.count} ${plan.count === 1 ? "VM" : "VMs"}`;
  const result = await ask({
    title: approved ? `Apply plans of this kind to ${many}?` : `Reject the plans of this kind for ${many}?`,
    body: html`<p>${plan.remediations.join(", ")}. ${approved ? riskTexts[plan.risk] : "These VMs are not changed."}</p>
      <p class="quiet">Kind <code>${plan.fingerprint.slice(0, 12)}</code>. It also decides about plans of this kind that come later in this operation.</p>`,
    action: approved ? "Approve all" : "Reject all",
    async act() {
      const body = { approved, fingerprint: plan.fingerprint };
      const answer = await api.ask((client) =>
        client.POST("/api/operations/{id}/decision", { params: { path: { id } }, body }),
      );
      return answer.ok ? null : answer.problem;
    },
  });
  if (result === "done") announce(approved ? "Approved." : "Rejected.");
  done();
}
