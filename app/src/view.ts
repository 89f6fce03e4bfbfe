import type { TemplateResult } from "lit-html";
import type { PageConfig } from "../../lib/core/page-config.ts";
import type { Api, Caller, Problem } from "./api.ts";

/** What every view may use. */
export interface Context {
  readonly api: Api;
  readonly config: PageConfig;
  /** `null` until the service has said who the person is: the page does not wait for it with what everybody sees. */
  readonly caller: Caller | null;
  /** By the service's clock. */
  now(): number;
  /** Draws the page again, after the view's own state has changed. */
  redraw(): void;
  /** Says something to who does not see the page change. */
  announce(text: string): void;
  /** Whether the service answers: told by every view that asks it again and again. */
  connection(problem: Problem | null): void;
  go(hash: string): void;
}

/** A view that is open. */
export interface View {
  /** Of the window. */
  title(): string;
  template(): TemplateResult;
  /** The address has changed within the view. */
  changed?(query: URLSearchParams): void;
  close(): void;
}

/** Why the person cannot do what needs this role; `null`: they can. */
export function lacking({ caller }: Context, role: Caller["roles"][number]): string | null {
  if (caller === null) return "One moment: the service is asked what you may do.";
  return caller.roles.includes(role) ? null : `This needs the app role ${role}. An administrator can assign it.`;
}
