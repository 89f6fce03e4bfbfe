import { sideTitles } from "../../lib/core/connection-side.ts";
import type { ErrorExplanation, ExplainedCause, ExplainedCode } from "../../lib/error-codes/explanation.ts";
import { cleanAll } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { renderCommand, renderSection } from "./section.ts";
import { wrapText } from "./wrap.ts";

/** What was understood, what it proves, the ranked causes, and the commands that decide between them. */
export function renderErrorExplanation(given: ErrorExplanation, program: string, layout: Layout): string[] {
  const { understood, codes, texts, notes, notUnderstood, proves, doesNotProve, causes, next } = cleanAll(given);
  const paragraph = (text: string) => wrapText(text, layout.width, "  ");
  const missing = notUnderstood.map((text) => layout.paint("doubt", `Not understood: ${text}`));
  return [
    layout.paint("title", understood || "Nothing of it is known"),
    ...codes.filter(({ source }) => source !== null).flatMap((code) => renderCode(code, layout)),
    ...texts.flatMap(({ says, source }) => [
      ...paragraph(`The dialog says: ${says}.`),
      renderSource(source.url, layout),
    ]),
    ...[...notes, ...missing].flatMap(paragraph),
    ...renderSection("What it proves", proves.flatMap(paragraph), layout),
    ...renderSection("What it does not prove", doesNotProve.flatMap(paragraph), layout),
    ...renderSection("Causes, the likeliest first", renderCauses(causes, layout), layout),
    ...renderSection(
      "Next",
      next.flatMap((step) => renderNext(step, program, layout)),
      layout,
    ),
  ];
}

function renderCode({ hex, value, list, names, means, source }: ExplainedCode, layout: Layout): string[] {
  const number = list === "negotiation" ? String(value) : list === "event" ? `event ${value}` : `${hex} (${value})`;
  const name = names.length > 0 ? ` ${names.join(", ")}:` : ":";
  const doubt = source?.standing === "reported" ? " Reported by people; no reference explains it." : "";
  return [
    ...wrapText(`${number}${name} ${means}.${doubt}`, layout.width, "  ", "    "),
    ...(source ? [renderSource(source.url, layout)] : []),
  ];
}

/** On one line, however long: a broken address cannot be copied. */
function renderSource(url: string, layout: Layout): string {
  return layout.paint("quiet", `    ${url}`);
}

function renderCauses(causes: readonly ExplainedCause[], layout: Layout): string[] {
  return causes.flatMap(({ title, side, check, clientCheck, look }, index) => {
    const decides = [
      ...(check ? [`check ${check}`] : []),
      ...(clientCheck ? [`client check ${clientCheck}`] : []),
      ...(look ? [look] : []),
    ];
    return [
      ...wrapText(title, layout.width, `${String(index + 1).padStart(4)}. `, "      "),
      ...wrapText(`${sideTitles[side]} - ${decides.join("; ")}`, layout.width, "      ").map((line) =>
        layout.paint("quiet", line),
      ),
    ];
  });
}

function renderNext({ command, does }: ErrorExplanation["next"][number], program: string, layout: Layout): string[] {
  const at = command.indexOf(" --");
  const parts = at < 0 ? [command] : [command.slice(0, at), command.slice(at + 1)];
  return [
    ...renderCommand([`${program} ${parts[0]}`, ...parts.slice(1)], layout),
    ...wrapText(does, layout.width, "      ").map((line) => layout.paint("quiet", line)),
  ];
}
