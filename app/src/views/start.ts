import { html, nothing, type TemplateResult } from "lit-html";
import type { Problem } from "../api.ts";
import { problemPart } from "../parts.ts";
import { type Risk, riskTexts } from "../risks.ts";
import { linkToOperation, linkToRun } from "../route.ts";
import { type Context, lacking, type View } from "../view.ts";
import { plain } from "../words.ts";

/** What a person can ask for. The names are those of the form's values. */
const intents = {
  diagnose: { text: "Diagnose", says: "It reads and changes nothing." },
  plan: { text: "Plan a repair", says: "It diagnoses and shows what a repair would do. It changes nothing." },
  repair: { text: "Repair", says: "It diagnoses, and applies the least invasive plan that covers the faults." },
} as const;
type Intent = keyof typeof intents;

/** Risks that a person may allow a repair without a decision of its own. */
const allowed = ["none", "low", "interrupts-sessions"] as const satisfies readonly Risk[];

const vmPattern = /^\/subscriptions\/[^/\s]+\/resourceGroups\/[^/\s]+\/providers\/[\w.]+\/[\w/.-]+\/[^/\s]+$/i;
const scopePattern = /^\/subscriptions\/[^/\s]+(\/resourceGroups\/[^/\s]+)?\/?$/i;

/** What the form asks for. */
interface Asked {
  readonly intent: Intent;
  readonly targets: readonly string[];
  readonly sources: readonly string[];
  readonly clientError: string;
  readonly maximumRisk: (typeof allowed)[number];
}

/** Starts a diagnosis or a repair: of one VM as a run, of several or of a whole group as one operation. */
export function openStart(context: Context, query: URLSearchParams): View {
  let given = readGiven(query);
  let intent: Intent = "diagnose";
  let problem: Problem | null = null;
  let isBusy = false;
  // The same for a second attempt after a lost answer, until the form changes: then nothing starts twice.
  let operationId = crypto.randomUUID();

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    const asked = readForm(new FormData(event.target as HTMLFormElement), intent);
    const wrong = refusalOf(asked);
    if (wrong !== null) return show({ kind: "refused", code: "InvalidInput", message: wrong });
    isBusy = true;
    show(null);
    const answer = await start(context, asked, operationId);
    isBusy = false;
    if (!answer.ok) return show(answer.problem);
    context.announce(`${intents[intent].text}: started.`);
    context.go(answer.value);
  }

  function show(next: Problem | null): void {
    problem = next;
    context.redraw();
  }

  function choose(next: Intent): void {
    intent = next;
    operationId = crypto.randomUUID();
    context.redraw();
  }

  return {
    title: () => "Start",
    changed(next) {
      given = readGiven(next);
      operationId = crypto.randomUUID();
    },
    template: () => html`
      <h1 tabindex="-1">Start</h1>
      <form class="start part" @submit=${submit} @input=${() => {
        operationId = crypto.randomUUID();
      }}>
        <fieldset>
          <legend>What to do</legend>
          ${Object.entries(intents).map(([name, { text, says }]) => {
            const why = name === "diagnose" ? null : lacking(context, "Rdp.Repair");
            return html`<label class="choice">
              <input type="radio" name="intent" value=${name} ?checked=${name === intent} ?disabled=${why !== null}
                @change=${() => choose(name as Intent)}>
              <span><b>${text}</b><br>${why ?? says}</span>
            </label>`;
          })}
        </fieldset>
        <label>Resource ids, one per line: of VMs, or of one resource group or subscription
          <textarea name="targets" rows="3" required spellcheck="false" autocomplete="off"
            placeholder="/subscriptions/…/virtualMachines/vm-app-01" .value=${given.vm}></textarea></label>
        <label>What the client shows (optional)
          <input name="clientError" maxlength="300" autocomplete="off" placeholder="0x904/0x7, or the text of the dialog" .value=${given.error}></label>
        <label>Addresses of clients that should get in (optional, separated by commas)
          <input name="sources" maxlength="1000" autocomplete="off" placeholder="203.0.113.7, 10.1.0.0/16"></label>
        ${intent === "repair" ? riskPart() : nothing}
        ${problemPart(problem)}
        <div class="buttons"><button type="submit" class="primary" ?disabled=${isBusy}>${isBusy ? "One moment …" : intents[intent].text}</button></div>
      </form>`,
    close() {},
  };
}

/** What a link has filled in: the VM, and what the client shows. */
function readGiven(query: URLSearchParams): { readonly vm: string; readonly error: string } {
  return { vm: query.get("vm") ?? "", error: query.get("error") ?? "" };
}

function riskPart(): TemplateResult {
  return html`<label>Without a decision, the plan may have at most the risk
    <select name="maximumRisk">${allowed.map(
      (risk) => html`<option value=${risk} ?selected=${risk === "interrupts-sessions"}>${plain(risk)}</option>`,
    )}</select></label>
    <ul class="quiet">${allowed.map((risk) => html`<li><b>${plain(risk)}</b>: ${riskTexts[risk]}</li>`)}
      <li>A plan with a higher risk waits until an approver has decided.</li></ul>`;
}

function readForm(form: FormData, intent: Intent): Asked {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const list = (name: string, by: RegExp) =>
    text(name)
      .split(by)
      .map((one) => one.trim())
      .filter(Boolean);
  return {
    intent,
    targets: list("targets", /\s*\n\s*/),
    sources: list("sources", /[,\s]+/),
    clientError: text("clientError"),
    maximumRisk: allowed.find((risk) => risk === text("maximumRisk")) ?? "interrupts-sessions",
  };
}

/** Why the form cannot be sent; `null`: it can. */
function refusalOf({ targets, intent }: Asked): string | null {
  const [first, ...others] = targets;
  if (first === undefined) return "Enter the resource id of a VM. The Azure portal shows it under Properties.";
  if (others.length === 0 && scopePattern.test(first)) return null;
  const wrong = targets.find((one) => !vmPattern.test(one));
  if (wrong === undefined) return null;
  if (scopePattern.test(wrong)) return "A resource group or subscription must be the only line.";
  return `“${wrong.slice(0, 80)}” is not the resource id of a VM. It begins with /subscriptions/ and ends with the VM's name${
    intent === "diagnose" ? "" : "; nothing was started"
  }.`;
}

/** Starts it. The value is the place of what was started. */
async function start({ api }: Context, asked: Asked, operationId: string) {
  const { intent, targets, sources, clientError, maximumRisk } = asked;
  const headers = { "operation-id": operationId };
  const options = {
    mode: intent === "diagnose" ? ("diagnose" as const) : ("repair" as const),
    sources: [...sources],
    dryRun: intent === "plan",
    force: false,
    ...(clientError && { clientError }),
    ...(intent === "repair" && { maximumRisk }),
  };
  const [first = ""] = targets;
  if (targets.length === 1 && vmPattern.test(first)) {
    const body = { ...options, vm: first };
    const answer = await api.ask((client) => client.POST("/api/runs", { params: { header: headers }, headers, body }));
    return answer.ok ? { ok: true as const, value: linkToRun(answer.value.id) } : answer;
  }
  const which = scopePattern.test(first) ? { scope: first.replace(/\/$/, "") } : { vms: [...targets] };
  const policy =
    intent === "repair"
      ? { canary: 1, waves: [10, 50, 100], atWork: 50, failurePercent: 10, busy: "skip" as const }
      : { canary: 0, waves: [100], atWork: 50, failurePercent: 100, busy: "skip" as const };
  const body = { ...options, ...which, policy };
  const answer = await api.ask((client) =>
    client.POST("/api/operations", { params: { header: headers }, headers, body }),
  );
  return answer.ok ? { ok: true as const, value: linkToOperation(answer.value.id) } : answer;
}
