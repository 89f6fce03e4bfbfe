import { z } from "zod";
import { NetworkProposal, NotProposed } from "../core/network-proposal.ts";
import { Risk } from "../core/risk.ts";
import { RunId } from "../core/run.ts";
import { OperationView } from "../fleet/operation-view.ts";
import { ResultRow } from "../fleet/results.ts";
import { ErrorDetail, OperationStatusWord, ProposalForms, RunSummary } from "../run-view/run-view.ts";
import { ScanRow } from "../scan/scan-row.ts";
import { appRoles } from "./app-roles.ts";

/*
 * Response schemas. Long-running work follows the Azure REST API guidelines: a status monitor whose `status` is one
 * of five words, with `error` when it failed and `result` when it succeeded.
 */

export const ErrorBody = z
  .strictObject({ error: ErrorDetail.extend({ details: z.array(ErrorDetail).optional() }) })
  .meta({
    id: "Error",
    examples: [{ error: { code: "RunNotFound", message: "There is no run here with this id.", target: "id" } }],
  });

export const NetworkFix = z
  .strictObject({
    runId: RunId,
    vm: z.string().describe("Resource id."),
    proposals: z.array(z.strictObject({ proposal: NetworkProposal, ...ProposalForms.shape })),
    notProposed: z.array(NotProposed),
    pipelinePage: z.string().nullable(),
  })
  .meta({ id: "NetworkFix" });

export const OperationMonitor = z
  .strictObject({
    id: RunId,
    status: OperationStatusWord,
    runs: z.array(RunSummary),
    error: ErrorDetail.optional(),
  })
  .meta({ id: "Operation" });
export type OperationMonitor = z.infer<typeof OperationMonitor>;

/** The status monitor of an operation over many VMs. */
export const FleetMonitor = OperationView.extend({
  status: OperationStatusWord,
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

export const CallerView = z
  .strictObject({
    objectId: z.string().describe("In Microsoft Entra ID; empty for a caller who works at this machine."),
    name: z.string(),
    roles: z.array(z.enum(appRoles)).describe("With the roles that these include."),
  })
  .meta({ id: "Caller" });

/** Where a client of the Model Context Protocol signs its user in: metadata of OAuth 2.0 (RFC 9728). */
export const ProtectedResource = z
  .strictObject({
    resource: z.url(),
    resource_name: z.string(),
    authorization_servers: z.array(z.url()),
    scopes_supported: z.array(z.string()),
    bearer_methods_supported: z.array(z.literal("header")),
  })
  .meta({ id: "ProtectedResource" });

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
