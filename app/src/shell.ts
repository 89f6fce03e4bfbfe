import { html, nothing, type TemplateResult } from "lit-html";
import type { PageConfig } from "../../lib/core/page-config.ts";
import type { Caller, Problem } from "./api.ts";

/** What the frame around every view shows. */
export interface ShellState {
  readonly config: PageConfig | null;
  readonly caller: Caller | null;
  /** The first part of the address, e.g. `runs`. */
  readonly place: string;
  /** Why the service does not answer now, and since when. */
  readonly lost: { readonly problem: Problem; readonly since: number } | null;
  readonly signOut: (() => void) | null;
  readonly signInAgain: (() => void) | null;
}

const places = [
  ["runs", "Runs"],
  ["start", "Start"],
  ["operations", "Operations"],
  ["lockouts", "Lock-outs"],
] as const;

export function shell(state: ShellState, content: TemplateResult): TemplateResult {
  const { config, caller, place } = state;
  return html`
    <button type="button" class="skip" @click=${() => document.querySelector<HTMLElement>("h1")?.focus()}>Skip to the content</button>
    <header>
      <a class="brand" href="#/runs">RDP Remediation</a>
      <nav aria-label="Views">
        ${places.map(
          ([path, text]) => html`<a href="#/${path}" aria-current=${path === place ? "page" : nothing}>${text}</a>`,
        )}
      </nav>
      ${caller && state.signOut ? person(caller, state.signOut) : nothing}
    </header>
    ${config?.simulated ? html`<aside class="simulated" aria-label="Simulated">Simulated: Azure is a sandbox with the world <b>${config.simulated}</b>.</aside>` : nothing}
    ${lostPart(state)}
    <main>${content}</main>
  `;
}

function person({ name, roles }: Caller, signOut: () => void): TemplateResult {
  return html`<div class="person">
    <span title=${roles.join(", ")}>${name}</span>
    <button type="button" class="plain" @click=${signOut}>Sign out</button>
  </div>`;
}

function lostPart({ lost, signInAgain }: ShellState): TemplateResult | typeof nothing {
  if (!lost) return nothing;
  const since = new Date(lost.since).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const isSignedOut = lost.problem.kind === "signed-out";
  return html`<div class="notice doubt lost" role="alert">
    <p>${lost.problem.message} What you see is of ${since}.</p>
    ${isSignedOut && signInAgain ? html`<button type="button" @click=${signInAgain}>Sign in again</button>` : nothing}
  </div>`;
}
