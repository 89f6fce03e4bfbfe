import type { TemplateResult } from "lit-html";
import type { Api, Caller, Problem } from "./api.ts";
import type { PageConfig } from "./config.ts";

/** What every view may use. */
export interface Context {
  readonly api: Api;
  readonly config: PageConfig;
  readonly caller: Caller;
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
  /** Of the window, and what is announced when the view opens. */
  title(): string;
  template(): TemplateResult;
  /** The address has changed within the view. */
  changed?(query: URLSearchParams): void;
  close(): void;
}
