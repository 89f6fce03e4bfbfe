import { z } from "zod";
import { AccessRequest } from "../core/access-request.ts";
import { Receipt } from "../core/change.ts";
import { Coverage } from "../core/coverage.ts";
import { Finding } from "../core/finding.ts";
import { NetworkProposal, NotProposed } from "../core/network-proposal.ts";
import { NetworkVerdict } from "../core/network-verdict.ts";
import { Plan } from "../core/plan.ts";
import { Risk } from "../core/risk.ts";
import { Decision, intents, LogEntry, outcomes, RunId, RunOptions, runStates, Trigger } from "../core/run.ts";
import { OperationView } from "../fleet/operation-view.ts";
import { ResultRow } from "../fleet/results.ts";
import { OfflineStep } from "../offline-repair/offline-steps.ts";
import { runRequests } from "../runs/machine/requests.ts";
import { Lockout } from "../scan/lockout.ts";
import { ScanRow } from "../scan/scan-row.ts";

/*
 * Response schemas. Long-running work follows the Azure REST API guidelines: a status monitor whose `status` is one
 * of five words, with `error` when it failed and `result` when it succeeded.
 */

const time = z.iso.datetime();

export const operationStatuses = ["NotStarted", "Running", "Succeeded", "Failed", "Canceled"] as const;
export type OperationStatus = (typeof operationStatuses)[number];
const status = z.enum(operationStatuses);

const ErrorDetail = z.strictObject({ code: z.string(), message: z.string(), target: z.string().optional() });

export const ErrorBody = z
  .strictObject({ error: ErrorDetail.extend({ details: z.array(ErrorDetail).optional() }) })
  .meta({ id: "Error" });

const summary = {
  id: RunId,
  status,
  state: z.enum(runStates).describe("The state of the run, more detailed than `status`."),
  mode: z.enum(intents),
  vm: z.string().describe("Resource id."),
  operationId: RunId.nullable().describe("The request that started it; `null` when it was not started over HTTP."),
  createdDateTime: time,
  lastUpdatedDateTime: time,
  outcome: z.enum(outcomes).nullable(),
};

export const RunSummary = z.strictObject(summary).meta({ id: "RunSummary" });
export type RunSummary = z.infer<typeof RunSummary>;

export const RunStatus = z
  .strictObject({
    ...summary,
    requestedBy: Trigger.omit({ alert: true }),
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
    network: z.array(NetworkVerdict).describe("Which sources reach the VM, on which path, and which rule decides."),
    proposals: z
      .array(NetworkProposal)
      .describe("Rules proposed to the network owner; GET network-proposal returns their formats."),
    notProposed: z.array(NotProposed).describe("Denied sources without a proposal, and why."),
    pipelinePage: z.string().nullable().describe("URL of the pipeline that deploys the proposals."),
    access: AccessRequest.nullable().describe("Just-in-time access that was requested."),
    receipts: z.array(Receipt).describe("The result of each change."),
    findingsAfter: z.array(Finding).describe("The same checks after the changes."),
    lockouts: z
      .array(Lockout)
      .describe("What will lock people out within 30 days unless somebody acts, the soonest first."),
    conflicts: z.array(z.string()).describe("What an undo did not restore because it was changed since."),
    log: z.array(LogEntry),
    error: ErrorDetail.optional().describe("Only of a failed run."),
    result: z
      .strictObject({ outcome: z.enum(outcomes), summary: z.string(), coverage: Coverage.nullable() })
      .optional()
      .describe("Only of a run that succeeded. `advised` means that faults remain that this service must not repair."),
  })
  .meta({ id: "Run" });
export type RunStatus = z.infer<typeof RunStatus>;

export const NetworkFix = z
  .strictObject({
    runId: RunId,
    vm: z.string().describe("Resource id."),
    proposals: z.array(
      z.strictObject({
        proposal: NetworkProposal,
        bicepParameters: z
          .array(z.looseObject({}))
          .describe("A parameter file per rule, for infra/fixes/nsg-rdp-rule.bicep."),
        commands: z.array(z.string()).describe("An Azure CLI command per rule."),
        whatIf: z.string().describe("A description of the effect, for people."),
      }),
    ),
    notProposed: z.array(NotProposed),
    pipelinePage: z.string().nullable(),
  })
  .meta({ id: "NetworkFix" });

export const OperationMonitor = z
  .strictObject({
    id: RunId,
    status,
    runs: z.array(RunSummary),
    error: ErrorDetail.optional(),
  })
  .meta({ id: "Operation" });
export type OperationMonitor = z.infer<typeof OperationMonitor>;

/** The status monitor of an operation over many VMs. */
export const FleetMonitor = OperationView.extend({
  status,
  error: ErrorDetail.optional().describe("Only when too many VMs failed: the circuit breaker has opened."),
}).meta({ id: "FleetOperation" });
export type FleetMonitor = z.infer<typeof FleetMonitor>;

export const FleetList = z
  .strictObject({ value: z.array(FleetMonitor), nextLink: z.url().optional() })
  .meta({ id: "FleetOperationList" });

export const FleetResults = z
  .strictObject({ value: z.array(ResultRow), nextLink: z.url().optional() })
  .meta({ id: "FleetOperationResults" });

export const FleetLockouts = z
  .strictObject({ value: z.array(ScanRow), nextLink: z.url().optional() })
  .meta({ id: "FleetOperationLockouts" });

export const RunList = z
  .strictObject({
    value: z.array(RunSummary),
    unreadable: z
      .array(z.strictObject({ id: RunId, because: z.string() }))
      .optional()
      .describe("Stored runs of this page that this version cannot read, and why. They were left as they are."),
    nextLink: z.url().optional(),
  })
  .meta({ id: "RunList" });

export const Catalogue = z
  .strictObject({
    checks: z.array(z.strictObject({ id: z.string(), title: z.string() })),
    remediations: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        risk: Risk,
        restores: z.array(z.string()),
        mayNeedRestart: z.boolean(),
      }),
    ),
  })
  .meta({ id: "Catalogue" });

export const Health = z.strictObject({ status: z.literal("ok") }).meta({ id: "Health" });

/** The result of an alert: the runs that it started, and the VMs that it ignored. */
export const AlertIntake = z
  .strictObject({
    accepted: z.array(z.strictObject({ vm: z.string(), runId: RunId })),
    ignored: z.array(z.strictObject({ vm: z.string().nullable(), because: z.string() })),
  })
  .meta({ id: "AlertIntake" });
export type AlertIntake = z.infer<typeof AlertIntake>;

export const OpenApi = z.looseObject({ openapi: z.string() }).meta({ id: "OpenApi" });
