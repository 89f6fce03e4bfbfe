import type { Check } from "../../lib/core/check.ts";
import type { Remediation } from "../../lib/core/remediation.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

export interface Catalogue {
  readonly checks: readonly Pick<Check, "id" | "title">[];
  readonly remediations: readonly Pick<Remediation, "id" | "title" | "risk" | "restores" | "mayNeedRestart">[];
}

export function renderCatalogue({ checks, remediations }: Catalogue, layout: Layout): string[] {
  const { paint, width } = layout;
  return [
    paint("title", "Checks"),
    ...checks.flatMap(({ id, title }) => [`  ${id}`, ...wrapText(title, width, "      ")]),
    "",
    paint("title", "Remediations"),
    ...remediations.flatMap(({ id, title, risk, restores, mayNeedRestart }) => [
      `  ${id}`,
      ...wrapText(title, width, "      "),
      ...wrapText(`risk: ${risk}${mayNeedRestart ? ", may need a restart" : ""}`, width, "      "),
      ...wrapText(`restores: ${restores.join(", ")}`, width, "      ", "        "),
    ]),
  ];
}
