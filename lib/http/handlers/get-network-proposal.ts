import { formatVmId } from "../../core/vm-id.ts";
import { azCommand, describeWhatIf, parameterFile } from "../../network/proposal-forms.ts";
import { readableRun } from "../access.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { problemResponse } from "../error-response.ts";
import type { Call } from "../route.ts";

/** The proposed rules for denied sources, in all formats. */
export async function getNetworkProposal(call: Call<undefined, undefined>): Promise<ApiResponse> {
  const found = await readableRun(call, call.id);
  if (!found.ok) return problemResponse(found.problem);
  const { vm, proposals, notProposed, fixPage } = found.value;
  return jsonResponse(200, {
    runId: call.id,
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
