import { fail, ok, type Result } from "../../lib/core/problem.ts";
import type { Run } from "../../lib/core/run.ts";
import { formatVmId } from "../../lib/core/vm-id.ts";
import { azCommand, describeWhatIf, parameterFile } from "../../lib/network/proposal-forms.ts";
import { exitCodeOfRun } from "../exit-code.ts";
import { cleanAll } from "../render/clean.ts";
import { renderFindings } from "../render/findings.ts";
import type { Layout } from "../render/layout.ts";
import { renderPaths } from "../render/network.ts";
import type { CommandPlace } from "../render/next-steps.ts";
import { renderProposals } from "../render/proposals.ts";
import { renderOutcome } from "../render/run.ts";
import { renderSection } from "../render/section.ts";
import { renderSimulated } from "../render/simulated.ts";
import { type Report, simulationOf } from "../report.ts";
import type { Request } from "../request.ts";
import { startRun } from "../start-run.ts";

/** Shows which sources reach the VM's RDP port, and which rule decides. Runs nothing inside the VM. */
export async function network(request: Request): Promise<Result<Report>> {
  const { options } = request;
  if (options.port === 0) return fail("invalid-input", "--port 0 is not a port on which a VM can listen.");
  const asked = { ...request, options: { ...options, checks: ["nsg-allows-rdp"] } };
  return startRun(asked, "diagnose", async (run) => ok(run), reportNetwork);
}

function reportNetwork(run: Run, place: CommandPlace): Report {
  const { id, vm, before, findings, proposals, notProposed, outcome } = run;
  return {
    data: {
      run: id,
      vm: formatVmId(vm),
      verdicts: before?.network ?? [],
      findings,
      proposals: proposals.map((proposal) => ({
        ...proposal,
        bicepParameters: proposal.rules.map((rule) => parameterFile(proposal, rule)),
        commands: proposal.rules.map((rule) => azCommand(proposal, rule)),
        whatIf: describeWhatIf(proposal),
      })),
      notProposed,
      outcome,
      ...simulationOf(place),
    },
    text: (layout) => renderNetwork(cleanAll(run), place, layout),
    exitCode: exitCodeOfRun(run),
  };
}

function renderNetwork(run: Run, place: CommandPlace, layout: Layout): string[] {
  // The paths show already what is in order.
  const findings = run.findings.filter(({ verdict }) => verdict !== "healthy" && verdict !== "not-applicable");
  return [
    ...renderSimulated(place, layout),
    ...renderSection(`The way to ${run.vm.name}`, renderPaths(run, layout), layout),
    ...renderSection("Findings", renderFindings(findings, [], layout), layout),
    ...renderSection("For the network owner", renderProposals(run, layout), layout),
    ...renderSection("Outcome", renderOutcome(run, layout), layout),
  ];
}
