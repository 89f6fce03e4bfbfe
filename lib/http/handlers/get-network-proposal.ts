import { formatVmId } from "../../core/vm-id.ts";
import { azCommand, describeWhatIf, parameterFile } from "../../network/proposal-forms.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { problemResponse } from "../error-response.ts";
import type { Call } from "../route.ts";

/** The proposed rules for denied sources, in all formats. */
export async function getNetworkProposal({ deps, id }: Call<undefined, undefined>): Promise<ApiResponse> {
  const found = await deps.engine.get(id);
  if (!found.ok) return problemResponse(found.problem);
  const { vm, proposals, notProposed, fixPage } = found.value;
  return jsonResponse(200, {
    runId: id,
    vm: formatVmId(vm),
    proposals: proposals.map((proposal) => ({
      proposal,
      bicepParameters: proposal.rules.map((rule) => parameterFile(proposal, rule)),
      commands: proposal.rules.map((rule) => azCommand(proposal, rule)),
      whatIf: describeWhatIf(proposal),
    })),
    notProposed,
    pipelinePage: fixPage,
  });
}
