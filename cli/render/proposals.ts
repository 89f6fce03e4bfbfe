import { azCommandParts, describeWhatIf } from "../../lib/network/proposal-forms.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import type { Layout } from "./layout.ts";
import { renderCommand } from "./section.ts";
import { wrapText } from "./wrap.ts";

/** The description of a rule names a time, yet Azure has no rules that end. */
const byHand =
  "A rule that is created by hand stays until somebody deletes it: only the workflow network-fix-expiry.yml removes expired rules (docs/network.md).";

/** The rules that would allow denied sources, or why none is proposed. The network owner decides. */
export function renderProposals({ proposals, notProposed, pipelinePage }: RunView, layout: Layout): string[] {
  const { width, paint } = layout;
  return [
    ...proposals.flatMap((proposal) => [
      ...describeWhatIf(proposal)
        .split("\n")
        .map((line) => `  ${line}`),
      ...proposal.rules
        .flatMap((rule) => renderCommand(azCommandParts(proposal, rule), layout))
        .map((line) => paint("quiet", line)),
    ]),
    ...(proposals.length > 0 ? wrapText(byHand, width, "  ") : []),
    ...notProposed.flatMap(({ source, because }) => wrapText(`For ${source}: ${because}`, width, "  ", "    ")),
    ...(pipelinePage ? wrapText(`Handed to the pipeline: ${pipelinePage}`, width, "  ", "    ") : []),
  ];
}
