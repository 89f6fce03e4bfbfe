import { fail, type Result } from "../../lib/core/problem.ts";
import { azCommand, describeWhatIf, parameterFile } from "../../lib/network/proposal-forms.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
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
import { nameOf } from "../render/vm-name.ts";
import { type Report, simulationOf } from "../report.ts";
import type { Request } from "../request.ts";
import { startRun } from "../start-run.ts";

/** Shows which sources reach the VM's RDP port, and which rule decides. Runs nothing inside the VM. */
export async function network(request: Request): Promise<Result<Report>> {
  const { options } = request;
  if (options.port === 0) return fail("invalid-input", "--port 0 is not a port on which a VM can listen.");
  const asked = { ...request, options: { ...options, checks: ["nsg-allows-rdp"] } };
  return startRun(asked, "diagnose", { report: reportNetwork });
}

function reportNetwork(run: RunView, place: CommandPlace): Report {
  const proposalForms = run.proposals.map((proposal) => ({
    bicepParameters: proposal.rules.map((rule) => parameterFile(proposal, rule)),
    commands: proposal.rules.map((rule) => azCommand(proposal, rule)),
    whatIf: describeWhatIf(proposal),
  }));
  return {
    data: { ...run, proposalForms, ...simulationOf(place) } satisfies RunView,
    text: (layout) => renderNetwork(cleanAll(run), place, layout),
    exitCode: exitCodeOfRun(run),
  };
}

function renderNetwork(run: RunView, place: CommandPlace, layout: Layout): string[] {
  // The paths show already what is in order.
  const findings = run.findings.filter(({ verdict }) => verdict !== "healthy" && verdict !== "not-applicable");
  return [
    ...renderSimulated(place, layout),
    ...renderSection(`The way to ${nameOf(run)}`, renderPaths(run, layout), layout),
    ...renderSection("Findings", renderFindings(findings, [], layout), layout),
    ...renderSection("For the network owner", renderProposals(run, layout), layout),
    ...renderSection("Outcome", renderOutcome(run, layout), layout),
  ];
}
