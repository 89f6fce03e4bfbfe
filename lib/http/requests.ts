import { z } from "zod";
import { holdsMachines, parseArmScope } from "../core/arm-scope.ts";
import { plainText } from "../core/plain-text.ts";
import { Risk } from "../core/risk.ts";
import {
  ClientErrorCodes,
  intents,
  longestClientError,
  outcomes,
  RunId,
  runStates,
  triggerKinds,
} from "../core/run.ts";
import { cleanErrorText, longestErrorText } from "../error-codes/read-error.ts";
import { FleetPolicy, maximumTargets } from "../fleet/fleet-operation.ts";
import { parseSource } from "../network/source.ts";
import { defaultDays } from "../scan/find-lockouts.ts";

/*
 * Request schemas. Every object is closed: an unknown field is rejected by name, not ignored.
 */

const exampleScope = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app";
const exampleVm = `${exampleScope}/providers/Microsoft.Compute/virtualMachines/vm-app-01`;
const exampleHash = "5c01b7d2a9e4".padEnd(64, "0");

/** More VMs than this are an operation. */
export const maximumVms = 50;

const VmResourceId = z
  .string()
  .min(1)
  .max(512)
  .describe("Resource id of a virtual machine, of an instance of a uniform scale set or of an Arc-enabled server.");
const names = z.array(z.string().min(1).max(64)).min(1).max(50);
/** Text of a dialog has line breaks, which are removed. */
const ClientErrorText = z
  .string()
  .max(longestErrorText)
  .overwrite((text) => cleanErrorText(text, longestClientError))
  .min(1, "must contain more than white space");

const Source = z
  .string()
  .max(64)
  .refine((text) => parseSource(text) !== null, "must be an address, a CIDR, VirtualNetwork or Internet");

const Tag = z.strictObject({ name: z.string().min(1).max(512), value: z.string().max(256) });

const noScope = "must be the resource id of a subscription, of a resource group or of a scale set";
const Scope = z
  .string()
  .max(256)
  .regex(/^\/subscriptions\//i, noScope)
  .refine((text) => {
    const scope = parseArmScope(text);
    return scope !== null && holdsMachines(scope);
  }, noScope);

/** What is done on each VM of a request. */
const runOptions = {
  checks: names.optional().describe("Only these checks of the catalogue."),
  remediations: names
    .optional()
    .describe(
      "Exactly these remediations instead of the least invasive ones. A remediation that weakens needs Rdp.Weaken.",
    ),
  sources: z
    .array(Source)
    .max(20)
    .default([])
    .describe("Clients that should reach RDP: addresses, CIDRs, VirtualNetwork or Internet. For the network check."),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      "Only with the single check nsg-allows-rdp: the port to evaluate. Default: the port that an earlier run saw, else 3389.",
    ),
  requestAccess: z
    .boolean()
    .optional()
    .describe("In a repair: request just-in-time access for sources that it denies. Needs Rdp.OpenNetwork."),
  clientError: z
    .union([ClientErrorCodes, ClientErrorText])
    .optional()
    .describe(
      "What the client shows, in any form (`0x904/0x7`, `2308`, the text of its dialog), or both codes as numbers. A hint: it orders findings and words the outcome, and is never evidence.",
    ),
  maximumRisk: Risk.optional().describe(
    "The highest risk that needs no decision. A plan above it waits for a decision.",
  ),
  weakenMinutes: z
    .int()
    .min(1)
    .max(1440)
    .optional()
    .describe("For how many minutes a remediation weakens a setting. The service has its own maximum."),
  dryRun: z.boolean().default(false).describe("Only plan; change nothing."),
  force: z.boolean().default(false).describe("Plan the named remediations even if the evidence does not require them."),
};

const whom = ["vm", "vms", "tag"] as const;

export const StartRuns = z
  .strictObject({
    vm: VmResourceId.optional(),
    vms: z.array(VmResourceId).min(1).max(maximumVms).optional(),
    tag: Tag.optional().describe(
      "All Windows machines within `scope` that have this tag: VMs, instances of uniform scale sets, Arc-enabled servers. The tags of a scale set count for its instances.",
    ),
    scope: Scope.optional(),
    mode: z.enum(["diagnose", "repair"]).describe("`diagnose` changes nothing."),
    ...runOptions,
  })
  .refine((body) => whom.filter((field) => body[field] !== undefined).length === 1, "needs one of vm, vms and tag")
  .refine((body) => (body.tag === undefined) === (body.scope === undefined), "needs tag and scope together")
  .meta({
    id: "StartRunsRequest",
    examples: [
      { vm: exampleVm, mode: "diagnose" },
      { vm: exampleVm, mode: "repair", sources: ["203.0.113.7"], clientError: "0x904/0x7", maximumRisk: "low" },
      { tag: { name: "environment", value: "test" }, scope: exampleScope, mode: "diagnose" },
    ],
    oneOf: [{ required: ["vm"] }, { required: ["vms"] }, { required: ["tag", "scope"] }],
  });
export type StartRuns = z.infer<typeof StartRuns>;

/** One message of JSON-RPC 2.0, as the Model Context Protocol has it: a request, a notification or a response. */
export const McpMessage = z
  .looseObject({
    jsonrpc: z.literal("2.0"),
    id: z.union([z.string().max(256), z.number()]).optional(),
    method: z.string().max(256).optional(),
  })
  .meta({ id: "McpMessage", examples: [{ jsonrpc: "2.0", id: 1, method: "tools/list" }] });
export type McpMessage = z.infer<typeof McpMessage>;

const VmsOfGroup = z.strictObject({
  resourceGroup: z.string().min(1).max(256).describe("Resource id of a resource group."),
  names: z.array(z.string().min(1).max(64)).min(1).max(maximumTargets),
});

const which = ["vms", "scope", "query"] as const;

export const StartOperation = z
  .strictObject({
    vms: z
      .array(z.union([VmResourceId, VmsOfGroup]))
      .min(1)
      .max(maximumTargets)
      .optional()
      .describe("Resource ids of VMs, or the names of VMs of a resource group, which is shorter."),
    scope: Scope.optional().describe(
      "All Windows VMs of a subscription or resource group, or all Windows instances of a uniform scale set.",
    ),
    tag: Tag.optional().describe("Of `scope` only the machines with this tag."),
    query: z
      .string()
      .min(1)
      .max(8192)
      .optional()
      .describe("The VMs that this Azure Resource Graph query returns. It must keep id, type, location and tags."),
    subscriptions: z.array(z.guid()).max(100).optional().describe("Where `query` looks; absent: everywhere."),
    mode: z.enum(["diagnose", "repair"]).describe("`diagnose` changes nothing."),
    policy: FleetPolicy.prefault({}),
    ...runOptions,
  })
  .refine(
    (body) => which.filter((field) => body[field] !== undefined).length === 1,
    "needs one of vms, scope and query",
  )
  .refine((body) => body.tag === undefined || body.scope !== undefined, "needs scope with tag")
  .refine((body) => body.subscriptions === undefined || body.query !== undefined, "needs query with subscriptions")
  .meta({
    id: "StartOperationRequest",
    examples: [{ scope: exampleScope, mode: "diagnose", policy: { canary: 5, waves: [10, 100] } }],
  });
export type StartOperation = z.infer<typeof StartOperation>;

export const PlanDecision = z
  .strictObject({
    approved: z.boolean(),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("The kind of plan, from `plans` of the operation."),
  })
  .meta({ id: "PlanDecisionRequest", examples: [{ approved: true, fingerprint: exampleHash }] });

export const ListOperations = z.strictObject({
  $top: z.coerce.number().int().min(1).max(100).default(20).describe("Maximum number of operations per page."),
  $skipToken: z
    .string()
    .max(512)
    .regex(/^[\w-]+$/)
    .optional()
    .describe("From the `nextLink` of the previous page."),
});

export const OperationResults = z.strictObject({
  $top: z.coerce.number().int().min(1).max(1000).default(500).describe("Maximum number of VMs per page."),
  $skip: z.coerce.number().int().min(0).default(0).describe("How many VMs to skip; see `nextLink`."),
});

export const OperationLockouts = OperationResults.extend({
  $top: z.coerce.number().int().min(1).max(200).default(100).describe("Maximum number of VMs per page."),
  days: z.coerce.number().int().min(1).max(3650).default(defaultDays).describe("How many days ahead to look."),
});

export const Decision = z
  .strictObject({
    approved: z.boolean(),
    reason: z
      .string()
      .max(512)
      .overwrite((text) => plainText(text))
      .min(1, "must contain more than white space")
      .optional()
      .describe("One line. Line breaks, control characters and commands of pipelines are removed."),
    planHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("The hash of the plan that the approver read. The decision applies to no other plan."),
  })
  .meta({ id: "DecisionRequest", examples: [{ approved: true, planHash: exampleHash, reason: "Change 42" }] });

export const Undo = z
  .strictObject({ force: z.boolean().default(false).describe("Restore also values that were changed since.") })
  .meta({ id: "UndoRequest", examples: [{}, { force: true }] });

export const Cancel = z.strictObject({}).meta({ id: "CancelRequest", examples: [{}] });

export const AlertNotification = z
  .looseObject({})
  .meta({ id: "AlertNotification", description: "An alert in the common alert schema of Azure Monitor." });

const code = z
  .string()
  .max(40)
  .regex(/^[\w-]+$/);

export const ExplainError = z
  .strictObject({
    code: code.optional().describe("The error code as the client shows it, e.g. 0x904 or 2308."),
    extended: code.optional().describe("The extended error code, e.g. 0x7."),
    text: z
      .string()
      .min(1)
      .max(longestErrorText)
      .optional()
      .describe("Or the error in any other form: the dialog's text, or an event."),
  })
  .refine(
    ({ code, extended, text }) => (text === undefined) !== (code === undefined && extended === undefined),
    "needs either text, or code or extended or both",
  );

/** Several words in one query parameter, separated by commas. */
function severalOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  const one = z.enum(words);
  return z
    .string()
    .max(256)
    .transform((text) => text.split(","))
    .pipe(z.array(one).min(1).max(words.length));
}

export const ListRuns = z.strictObject({
  vm: VmResourceId.optional(),
  state: severalOf(runStates).optional().describe("Only runs in one of these states."),
  outcome: severalOf(outcomes).optional().describe("Only runs that have ended so."),
  trigger: severalOf(triggerKinds).optional().describe("Only runs that were started so."),
  mode: severalOf(intents).optional().describe("Only diagnoses, repairs or undos."),
  since: z
    .union([z.string().regex(/^\d{1,5}[mhd]$/), z.iso.datetime({ offset: true })], {
      error: "must be 30m, 12h, 7d or a time such as 2026-11-30T01:00:00Z",
    })
    .optional()
    .describe("Only runs created since then: so long ago by the service's clock, or a time."),
  $top: z.coerce.number().int().min(1).max(100).default(20).describe("Maximum number of runs per page."),
  $skipToken: z
    .string()
    .max(512)
    .regex(/^[\w-]+$/)
    .optional()
    .describe("From the `nextLink` of the previous page."),
});

/** The form of a report of a run. */
export const ReportForm = z.strictObject({
  format: z.enum(["html", "markdown"]).default("html").describe("`html` is one page; `markdown` is for a chat."),
});

/** How a support bundle is made. */
export const SupportBundle = z.strictObject({
  redact: z
    .enum(["true", "false"])
    .default("true")
    .describe("`false` keeps the names, accounts, addresses and ids that are placeholders otherwise."),
});

/** Headers that make a request that starts work idempotent. */
export const RepeatabilityHeaders = z.object({
  "operation-id": RunId.toLowerCase()
    .optional()
    .describe("Becomes the id of the operation. A repeated request with the same id starts nothing again."),
  "repeatability-request-id": RunId.toLowerCase()
    .optional()
    .describe("The same, as defined by OASIS Repeatable Requests."),
  "repeatability-first-sent": z
    .string()
    .regex(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/, "must be an HTTP date")
    .optional(),
});
