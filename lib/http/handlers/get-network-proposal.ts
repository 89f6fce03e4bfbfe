import { formatVmId } from "../../core/vm-id.ts";
import { azCommand, parameterFile, whatIf } from "../../network/proposal-forms.ts";
import { type ApiResponse, json } from "../message.ts";
import { problemRefusal } from "../refusal.ts";
import type { Call } from "../route.ts";

/** What would let in the sources that the network denies, in every form in which somebody may want it. */
export async function getNetworkProposal({ deps, id }: Call<undefined, undefined>): Promise<ApiResponse> {
  const found = await deps.engine.get(id);
  if (!found.ok) return problemRefusal(found.problem);
  const { vm, proposals, notProposed, fixPage } = found.value;
  return json(200, {
    runId: id,
    vm: formatVmId(vm),
    proposals: proposals.map((proposal) => ({
      proposal,
      bicepParameters: proposal.rules.map((rule) => parameterFile(proposal, rule)),
      commands: proposal.rules.map((rule) => azCommand(proposal, rule)),
      whatIf: whatIf(proposal),
    })),
    notProposed,
    pipelinePage: fixPage,
  });
}
