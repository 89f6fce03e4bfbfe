import { html, nothing, render, type TemplateResult } from "lit-html";
import type { Problem } from "./api.ts";
import { problemPart } from "./parts.ts";

/** A question before something is done that cannot simply be taken back. */
export interface Question {
  readonly title: string;
  readonly body: TemplateResult;
  /** The button that does it, e.g. "Approve". */
  readonly action: string;
  readonly harmful?: boolean;
  /** Asks for a reason, which goes into the run's log. */
  readonly reasonLabel?: string;
  /** Does it. `null` when it is done; else the problem, which the dialog shows, and stays open. */
  act(reason: string): Promise<Problem | null>;
}

/**
 * Asks in a dialog, which is read from its beginning: its title has the focus, because the first field may stand below a long
 * plan. The page behind it cannot be used meanwhile, and gets the focus back where it was. What was begun is waited
 * for: neither Escape nor the way back closes the dialog until it is known whether it was done.
 */
export function ask(question: Question): Promise<"done" | "left"> {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "question");
  document.body.append(dialog);
  let problem: Problem | null = null;
  let isBusy = false;
  let result: "done" | "left" = "left";

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    problem = null;
    draw();
    const reason = new FormData(event.target as HTMLFormElement).get("reason");
    problem = await question.act(typeof reason === "string" ? reason.trim() : "");
    isBusy = false;
    if (problem === null) {
      result = "done";
      dialog.close();
    } else draw();
  }

  function draw(): void {
    const { title, body, action, harmful, reasonLabel } = question;
    // By default, a second Escape closes a dialog whatever its `cancel` event says.
    dialog.setAttribute("closedby", isBusy ? "none" : "closerequest");
    render(
      html`<form @submit=${submit}>
        <h2 id="question" tabindex="-1" autofocus>${title}</h2>
        ${body}
        ${
          reasonLabel
            ? html`<label>${reasonLabel}<input name="reason" maxlength="512" autocomplete="off"></label>`
            : nothing
        }
        ${problemPart(problem)}
        <div class="buttons">
          <button type="submit" class=${harmful ? "primary harmful" : "primary"} ?disabled=${isBusy} @click=${onlyFirstClick}>${isBusy ? "One moment …" : action}</button>
          <button type="button" ?disabled=${isBusy} @click=${() => dialog.close()}>Leave it</button>
        </div>
      </form>`,
      dialog,
    );
  }

  draw();
  dialog.showModal();
  // The way back leads to another view, about which the question is not.
  const leave = () => isBusy || dialog.close();
  addEventListener("hashchange", leave);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", leave);
      dialog.remove();
      resolve(result);
    });
    dialog.addEventListener("cancel", (event) => {
      if (isBusy) event.preventDefault();
    });
  });
}

/** The second click of a double click on the button that opened the dialog may meet this one, which was read by nobody yet. */
function onlyFirstClick(event: MouseEvent): void {
  if (event.detail > 1) event.preventDefault();
}
