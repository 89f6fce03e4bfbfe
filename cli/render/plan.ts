import { remediations as registry } from "../../lib/remediations/registry.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

/** The Changes in their order, the risk, the chosen remediations, and what the plan leaves or refuses. */
export function renderPlan(plan: NonNullable<RunView["plan"]>, layout: Layout): string[] {
  const { changes, risk, mayNeedRestart, remediations, leaves, refusals } = plan;
  const restart = mayNeedRestart ? " A restart of the VM may be needed before the change takes effect." : "";
  const pages = remediations.filter(({ id }) => hasPage(id)).map(({ id }) => `docs/remediations/${id}.md`);
  const sentences = [
    changes.length > 0 && `Risk: ${risk}.${restart}`,
    remediations.length > 0 && `Chosen: ${remediations.map((one) => `${one.id} (${one.risk})`).join(", ")}.`,
    pages.length > 0 && `Described in ${pages.join(", ")}.`,
    leaves.length > 0 && `Left to others: ${leaves.map(({ check }) => check).join(", ")}.`,
    ...refusals.map(({ remediation, because }) => `Not ${remediation}: ${because}`),
  ];
  return [
    ...renderNumbered(changes, layout),
    ...sentences.flatMap((sentence) => (sentence ? wrapText(sentence, layout.width, "  ", "    ") : [])),
  ];
}

/** Undo and just-in-time access have no page. */
function hasPage(id: string): boolean {
  return registry.some((remediation) => remediation.id === id);
}

/** The result of every Change; for an undo, what was rolled back. */
export function renderReceipts({ mode, receipts }: Pick<RunView, "mode" | "receipts">, layout: Layout): string[] {
  const done = mode === "undo" ? "rolled back" : "changed";
  return renderNumbered(
    receipts.map(({ kind, target, changed, note }) => {
      return `${changed ? done : "already so"}: ${kind}, ${target}${note ? ` (${note})` : ""}`;
    }),
    layout,
  );
}

function renderNumbered(texts: readonly string[], layout: Layout): string[] {
  return texts.flatMap((text, index) => {
    const number = `  ${String(index + 1).padStart(2)}. `;
    return wrapText(text, layout.width, number, " ".repeat(number.length));
  });
}
