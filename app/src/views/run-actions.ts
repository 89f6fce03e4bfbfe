import { html, nothing, type TemplateResult } from "lit-html";
import type { Problem, Run } from "../api.ts";
import { ask } from "../confirm.ts";
import { linkTo, linkToRun } from "../route.ts";
import { saveFile } from "../save-file.ts";
import { type Context, lacking } from "../view.ts";
import { readable, timeText, vmName } from "../words.ts";
import { planText } from "./run-findings.ts";

/* What a person can do with a run. The service decides again; the page only offers what it would accept. */

/** The decision that a run waits for, and the other things that it accepts. `done`: asks for the run again at once. */
export function runActions(run: Run, context: Context, done: () => void): TemplateResult | typeof nothing {
  const accepts = (name: Run["accepts"][number]) => run.accepts.includes(name);
  const again = run.state === "ended" && run.mode !== "undo";
  if (run.accepts.length === 0 && !again) return nothing;
  const isOwn = context.caller !== null && run.requestedBy.objectId === context.caller.objectId;
  const mayCancel = isOwn ? null : lacking(context, "Rdp.Repair");
  return html`
    ${accepts("decision") ? decisionPart(run, context, done) : nothing}
    <div class="buttons">
      ${accepts("cancel") ? button("Cancel the run …", mayCancel, () => cancel(run, context, done)) : nothing}
      ${accepts("undo") ? button("Undo …", lacking(context, "Rdp.Repair"), () => undo(run, context)) : nothing}
      ${again ? html`<a class="button" href=${linkTo(["start"], { vm: run.vm })}>Look again</a>` : nothing}
      ${run.state === "ended" ? downloads(run, context) : nothing}
    </div>`;
}

/** A button; disabled with the reason beside it, where the role is missing. */
function button(text: string, why: string | null, act: () => void, kind = ""): TemplateResult {
  return html`<button type="button" class=${kind} ?disabled=${why !== null} title=${why ?? nothing} @click=${act}>${text}</button>${
    why ? html`<span class="quiet why-not">${why}</span>` : nothing
  }`;
}

function decisionPart(run: Run, context: Context, done: () => void): TemplateResult {
  const why = lacking(context, "Rdp.Approve");
  const { awaits, decideByDateTime } = run;
  return html`<section class="decide" aria-label="Decision">
    <h2>A decision is needed</h2>
    <p>${readable(awaits?.because ?? "", context.now())}</p>
    <p class="quiet">${readable(awaits?.whoMayDecide ?? "")}.${
      decideByDateTime
        ? ` Without a decision the run ends by itself at ${timeText(decideByDateTime, context.now())}.`
        : ""
    }</p>
    ${run.plan ? planText(run.plan) : nothing}
    <div class="buttons">
      ${
        why === null
          ? html`<button type="button" class="primary" @click=${() => decide(run, true, context, done)}>Approve …</button>
            <button type="button" @click=${() => decide(run, false, context, done)}>Reject …</button>`
          : html`<button type="button" disabled>Approve …</button><button type="button" disabled>Reject …</button>
            <span class="quiet why-not">${why}</span>`
      }
    </div>
  </section>`;
}

async function decide(run: Run, approved: boolean, { api, announce }: Context, done: () => void): Promise<void> {
  const { plan } = run;
  if (!plan) return;
  const { name } = vmName(run.vm);
  const result = await ask({
    title: approved ? `Apply this plan to ${name}?` : `Reject the plan for ${name}?`,
    body: html`
      ${approved ? planText(plan) : html`<p>The run ends. Nothing on the VM is changed.</p>`}
      <p class="quiet">Plan <code>${plan.hash.slice(0, 12)}</code>. The decision is about this plan and no other.</p>`,
    action: approved ? "Approve and apply" : "Reject",
    reasonLabel: "Reason (optional), for the log",
    async act(reason) {
      const body = { approved, planHash: plan.hash, ...(reason && { reason }) };
      return problemOf(
        await api.ask((client) => client.POST("/api/runs/{id}/decision", { params: { path: { id: run.id } }, body })),
      );
    },
  });
  if (result === "done") announce(approved ? "Approved. The plan is being applied." : "Rejected.");
  done();
}

async function cancel(run: Run, { api, announce }: Context, done: () => void): Promise<void> {
  const { name } = vmName(run.vm);
  const isWeakened = run.state === "weakened";
  const result = await ask({
    title: isWeakened ? `Restore the setting of ${name} now?` : `Cancel the run on ${name}?`,
    body: isWeakened
      ? html`<p>The weakened setting is restored at once.</p>`
      : html`<p>It has changed nothing yet, and will change nothing.</p>`,
    action: isWeakened ? "Restore" : "Cancel the run",
    async act() {
      const options = { params: { path: { id: run.id } }, body: {} };
      return problemOf(await api.ask((client) => client.POST("/api/runs/{id}/cancel", options)));
    },
  });
  if (result === "done") announce("Cancelled.");
  done();
}

async function undo(run: Run, { api, announce, go }: Context): Promise<void> {
  const { name } = vmName(run.vm);
  const changed = run.receipts.filter((receipt) => receipt.changed);
  // The same for a second attempt after a lost answer: then nothing starts twice.
  const headers = { "operation-id": crypto.randomUUID() };
  let started = "";
  const result = await ask({
    title: `Undo the changes on ${name}?`,
    body: html`<p>A new run restores what was there before, from the journal in the VM. Remote Desktop may fail again as it did.</p>
      <ul>${changed.map(({ kind, target }) => html`<li>${kind.replaceAll("-", " ")}: <code>${target}</code></li>`)}</ul>`,
    action: "Undo",
    harmful: true,
    async act() {
      const answer = await api.ask((client) =>
        client.POST("/api/runs/{id}/undo", {
          params: { path: { id: run.id }, header: headers },
          headers,
          body: { force: false },
        }),
      );
      if (answer.ok) started = answer.value.id;
      return problemOf(answer);
    },
  });
  if (result === "done" && started) {
    announce("The undo has started.");
    go(linkToRun(started));
  }
}

function problemOf(answer: { readonly ok: boolean; readonly problem?: Problem }): Problem | null {
  return answer.problem ?? null;
}

/** The run for others: files that the service makes. */
function downloads({ vm, id }: Run, context: Context): TemplateResult {
  const name = `${vmName(vm).name}-${id.slice(0, 8)}`;
  const params = { path: { id } };
  return html`
    <button type="button" @click=${() =>
      saveFile(context, `${name}.html`, (api) =>
        api.GET("/api/runs/{id}/report", { params, parseAs: "blob" }),
      )}>Report</button>
    <button type="button" @click=${() =>
      saveFile(context, `${name}.zip`, (api) =>
        api.GET("/api/runs/{id}/support-bundle", { params, parseAs: "blob" }),
      )}>Support bundle</button>`;
}
