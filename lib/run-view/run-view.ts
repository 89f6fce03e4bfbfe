import { z } from "zod";
import { AccessRequest } from "../core/access-request.ts";
import { Receipt } from "../core/change.ts";
import { Coverage } from "../core/coverage.ts";
import { Finding } from "../core/finding.ts";
import { HandshakeSection, Unreadable } from "../core/guest-evidence.ts";
import { NetworkProposal, NotProposed } from "../core/network-proposal.ts";
import { NetworkVerdict } from "../core/network-verdict.ts";
import { Plan } from "../core/plan.ts";
import { Decision, intents, LogEntry, outcomes, RunId, RunOptions, runStates, Trigger } from "../core/run.ts";
import { OfflineStep } from "../offline-repair/offline-steps.ts";
import { runRequests } from "../runs/machine/requests.ts";
import { Lockout } from "../scan/lockout.ts";

/*
 * A run as people and programs see it: over HTTP and in the JSON of the terminal. It leaves the evidence out, which is
 * large and reveals more of a VM than its findings.
 */

const time = z.iso.datetime();
const count = z.number().int().nonnegative();

/** The five words of a status monitor of long-running work (Azure REST API guidelines). */
export const operationStatuses = ["NotStarted", "Running", "Succeeded", "Failed", "Canceled"] as const;
export type OperationStatus = (typeof operationStatuses)[number];
export const OperationStatusWord = z.enum(operationStatuses);

export const ErrorDetail = z.strictObject({ code: z.string(), message: z.string(), target: z.string().optional() });

const requestedBy = Trigger.omit({ alert: true, principals: true }).extend({
  alertId: z.string().optional().describe("Resource id of the alert of Azure Monitor that started it."),
});

const summary = {
  id: RunId,
  status: OperationStatusWord,
  state: z.enum(runStates).describe("The state of the run, more detailed than `status`."),
  mode: z.enum(intents),
  vm: z.string().describe("Resource id."),
  operationId: RunId.nullable().describe("The request that started it; `null` when it was not started over HTTP."),
  requestedBy: requestedBy.describe("Who asked for the run, and how."),
  createdDateTime: time,
  lastUpdatedDateTime: time,
  outcome: z.enum(outcomes).nullable().describe("`null` until the run has ended."),
  summary: z.string().describe("The result in one or two sentences; empty until the run has ended."),
};

export const RunSummary = z
  .strictObject({
    ...summary,
    latestMessage: z
      .string()
      .describe("Why the run waits for a decision, or the latest message of its log; empty when the run has ended."),
  })
  .meta({
    id: "RunSummary",
    examples: [
      {
        id: "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b",
        status: "Succeeded",
        state: "ended",
        mode: "repair",
        vm: "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01",
        operationId: null,
        requestedBy: { kind: "terminal", by: "kim" },
        createdDateTime: "2026-11-30T01:00:00.000Z",
        lastUpdatedDateTime: "2026-11-30T01:01:10.000Z",
        outcome: "repaired",
        summary: "Restored and proven: rdp-certificate-is-valid. Undo with this run's id.",
        latestMessage: "",
      },
    ],
  });
export type RunSummary = z.infer<typeof RunSummary>;
/** What a run in a list and a whole one have in common. */
export type RunHead = Omit<RunSummary, "latestMessage">;

/** The result of the handshake that the VM made with its own listener; `null`: none was made. */
const Handshake = z.union([Unreadable, HandshakeSection]).nullable();

/** A proposed rule in the forms in which it can be deployed. */
export const ProposalForms = z.strictObject({
  bicepParameters: z
    .array(z.looseObject({}))
    .describe("A parameter file per rule, for infra/fixes/nsg-rdp-rule.bicep."),
  commands: z.array(z.string()).describe("An Azure CLI command per rule."),
  whatIf: z.string().describe("A description of the effect, for people."),
});

export const RunView = z
  .strictObject({
    ...summary,
    options: RunOptions,
    findings: z.array(Finding),
    plan: Plan.extend({ changes: z.array(z.string()).describe("In the order in which they are applied.") }).nullable(),
    offlineSteps: z
      .array(OfflineStep)
      .describe("What to do without the VM agent, the least invasive step first; empty unless the agent is at fault."),
    decision: Decision.nullable(),
    decideByDateTime: time
      .nullable()
      .describe("Deadline of the decision. Without a decision the run is then cancelled."),
    awaits: z
      .strictObject({ because: z.string(), whoMayDecide: z.string() })
      .nullable()
      .describe("Only of a run that waits for a decision: why, and who may decide."),
    accepts: z
      .array(z.enum(runRequests))
      .describe("The requests that the run accepts now: the last part of their path, after `/api/runs/{id}/`."),
    weakenedUntilDateTime: time
      .nullable()
      .describe("Until when a setting is temporarily weakened. The run continues until it is restored."),
    script: z
      .strictObject({
        step: z.string().describe("With the run's id the name of the Run Command."),
        state: z.enum(["starting", "running"]),
        waitedMs: count,
        awaitMs: count.describe("The run gives up when it has waited for so long."),
      })
      .nullable()
      .describe("The Run Command that the run waits for now."),
    scriptsStarted: count.describe("How many Run Commands the run has started."),
    attempts: count.describe("How often the present step has failed and is tried again; the log says why."),
    windowsStarting: z
      .strictObject({ startedMinutesAgo: count, lookInMinutes: count })
      .nullable()
      .describe("Only while Windows was still starting: for how long, and when to look again."),
    endpoint: z
      .strictObject({ addresses: z.array(z.string()), port: z.number().int(), isPortKnown: z.boolean() })
      .describe(
        "Where Remote Desktop listens: the addresses of the VM, private ones first, and the port, which is assumed unless `isPortKnown`.",
      ),
    network: z.array(NetworkVerdict).describe("Which sources reach the VM, on which path, and which rule decides."),
    proposals: z
      .array(NetworkProposal)
      .describe("Rules proposed to the network owner; GET network-proposal returns their formats."),
    notProposed: z.array(NotProposed).describe("Denied sources without a proposal, and why."),
    proposalForms: z
      .array(ProposalForms)
      .optional()
      .describe("Only of `network` at the terminal: each proposal in the forms that GET network-proposal returns."),
    pipelinePage: z.string().nullable().describe("URL of the pipeline that deploys the proposals."),
    access: AccessRequest.nullable().describe("Just-in-time access that was requested."),
    receipts: z.array(Receipt).describe("The result of each change."),
    findingsAfter: z.array(Finding).describe("The same checks after the changes."),
    handshakes: z
      .strictObject({ before: Handshake, after: Handshake })
      .describe("The RDP and TLS handshake inside the VM, before and after the changes."),
    lockouts: z
      .array(Lockout)
      .describe("What will lock people out within 30 days unless somebody acts, the soonest first."),
    conflicts: z.array(z.string()).describe("What an undo did not restore because it was changed since."),
    undoneBy: z
      .strictObject({ id: RunId, state: z.enum(runStates), lastUpdatedDateTime: time })
      .optional()
      .describe("The run that has undone this run, or is doing so; only in the answer to a request for this run."),
    log: z.array(LogEntry),
    error: ErrorDetail.extend({
      detail: z.string().optional().describe("For the log: at the terminal alone, never over HTTP."),
    })
      .optional()
      .describe("Only of a failed run."),
    result: z
      .strictObject({ outcome: z.enum(outcomes), summary: z.string(), coverage: Coverage.nullable() })
      .optional()
      .describe("Only of a run that succeeded. `advised` means that faults remain that this service must not repair."),
    simulated: z
      .strictObject({ azure: z.literal("sandbox"), world: z.string(), guest: z.enum(["modelled", "pwsh"]) })
      .optional()
      .describe("Only of a run in a sandbox, at the terminal: nothing of it happened in Azure."),
  })
  .meta({ id: "Run" });
export type RunView = z.infer<typeof RunView>;
