import { z } from "zod";
import { outcomes, RunOptions } from "../lib/core/run.ts";
import { cloudNames } from "./azure/cloud.ts";
import { optionalRoles, roleNames } from "./azure/rights.ts";
import { FaultName } from "./windows/faults.ts";
import { Network, NetworkAnswers, NetworkExpectation } from "./world-network.ts";

/*
 * A world describes, in one JSON file, the Azure that a sandbox simulates. Omitted parts are healthy.
 * `world.schema.json` is generated from these schemas.
 */

export const sandboxSubscription = "00000000-0000-4000-8000-000000000001";

const seconds = z.number().min(0).max(86_400);
const count = z.number().int().min(0);

const Windows = z.strictObject({
  faults: z.array(FaultName).default([]).describe("Named faults, applied in this order to a healthy Windows."),
  set: z
    .record(z.string(), z.json())
    .default({})
    .describe(
      'JSON merge patch (RFC 7396) on the Windows state, applied last. {"$value": null} sets a member to null, which a plain null would remove.',
    ),
});

/** A managed Run Command that the VM holds from before. */
const HeldRunCommand = z.strictObject({
  name: z.string().min(1),
  count: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe("How many there are; with more than one, `-1`, `-2` ... are added."),
  state: z.enum(["Pending", "Running", "Succeeded", "Failed", "TimedOut", "Canceled"]).default("Succeeded"),
  startedMinutesAgo: z.number().int().min(0).default(60),
  tags: z.record(z.string(), z.string()).optional(),
});

/** A part of Run Command inside the VM that is broken or half removed. */
const Extension = z.strictObject({
  type: z
    .enum(["RunCommandHandlerWindows", "RunCommandWindows"])
    .describe("`RunCommandHandlerWindows` runs managed Run Commands, `RunCommandWindows` action ones."),
  part: z
    .enum(["handler", "resource"])
    .describe("Where Azure shows it: among the agent's handlers, or among the VM's resources."),
  state: z.enum(["Not Ready", "Unresponsive", "Failed", "Deleting"]),
  message: z.string().default(""),
  runs: z.boolean().default(false).describe("Run Commands run all the same."),
});

/** The scale set of an instance, and what the instance has of its own. Every instance of a set describes the same set. */
const Instance = z.strictObject({
  upgradeMode: z.enum(["Manual", "Automatic", "Rolling"]).default("Manual"),
  upgradesImages: z.boolean().default(false).describe("Automatic upgrades of the image."),
  repairAction: z
    .enum(["Replace", "Reimage", "Restart"])
    .nullable()
    .default(null)
    .describe("What happens to an unhealthy instance; null: nothing."),
  setTags: z.record(z.string(), z.string()).default({}).describe("The tags of the scale set."),
  isLatestModel: z.boolean().default(true),
  protection: z.enum(["none", "scale-in", "scale-set-actions"]).default("none"),
  scaledInAfterRunCommands: count
    .nullable()
    .default(null)
    .describe("The instance is deleted as soon as so many Run Commands were accepted; null: it stays."),
});

const Vm = z.strictObject({
  kind: z
    .enum(["virtual-machine", "arc-machine", "scale-set-instance"])
    .default("virtual-machine")
    .describe(
      "`arc-machine`: a server outside Azure that Azure Arc manages. It has no network and no power state in Azure. `scale-set-instance`: an instance of a uniform scale set, with the name SET/NUMBER.",
    ),
  name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(\/(0|[1-9][0-9]{0,9}))?$/),
  instance: Instance.prefault({}).describe("Of an instance of a uniform scale set."),
  resourceGroup: z.string().min(1).max(90).default("rg-app"),
  subscriptionId: z.guid().default(sandboxSubscription),
  location: z
    .string()
    .regex(/^[a-z0-9]+$/)
    .default("westeurope"),
  osType: z.enum(["Windows", "Linux"]).default("Windows"),
  powerState: z.enum(["running", "starting", "stopping", "stopped", "deallocating", "deallocated"]).default("running"),
  provisioningState: z.enum(["Succeeded", "Updating", "Failed", "Creating", "Deleting"]).default("Succeeded"),
  agent: z
    .enum(["ready", "not-ready", "absent"])
    .default("ready")
    .describe(
      "`absent`: the instance view has no status of the agent. Of an Arc-enabled server: Connected, Disconnected or no status.",
    ),
  blocksRunCommand: z
    .boolean()
    .default(false)
    .describe("Whether the agent of an Arc-enabled server has Run Command on its blocklist; then it runs none."),
  agentVersion: z.string().optional().describe("The version of the agent of an Arc-enabled server."),
  tags: z.record(z.string(), z.string()).default({}),
  spot: z
    .strictObject({
      evictionPolicy: z.enum(["Deallocate", "Delete"]).default("Deallocate"),
      maxPrice: z.number().default(-1),
    })
    .nullable()
    .default(null)
    .describe("A Spot VM. Of an instance of a uniform scale set, Azure shows it at the set."),
  lock: z
    .enum(["ReadOnly", "CanNotDelete"])
    .nullable()
    .default(null)
    .describe(
      "A management lock on the VM: `ReadOnly` rejects everything except reads, `CanNotDelete` rejects deletions.",
    ),
  scaleSet: z.string().nullable().default(null).describe("Name of the flexible scale set the VM belongs to."),
  runCommands: z.array(HeldRunCommand).default([]).describe("Managed Run Commands that the VM holds from before."),
  extensions: z.array(Extension).default([]).describe("Parts of Run Command inside the VM that are broken."),
  windows: Windows.prefault({}),
  network: Network.prefault({}),
});
export type WorldVm = z.infer<typeof Vm>;

const FaultAnswer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("throttled"), retryAfterSeconds: z.number().int().min(0).default(1) }),
  z.strictObject({ kind: z.literal("busy") }).describe("409 Conflict, as while another operation works on the VM."),
  z
    .strictObject({ kind: z.literal("action-busy") })
    .describe("409 Conflict, as while an action Run Command is at work in the VM."),
  z
    .strictObject({ kind: z.literal("extension-deleting"), extension: z.string().default("RunCommandWindows") })
    .describe("409 OperationNotAllowed, as while an extension is marked for deletion."),
  z.strictObject({ kind: z.literal("server-error"), status: z.literal([500, 502, 503, 504]).default(503) }),
  z
    .strictObject({
      kind: z.literal("silent"),
      carriedOut: z.boolean().default(false),
    })
    .describe("No response comes, and the connection stays open."),
  z.strictObject({ kind: z.literal("cut") }).describe("The work is done; the response breaks off in its middle."),
  z.strictObject({
    kind: z.literal("dropped"),
    carriedOut: z
      .boolean()
      .default(false)
      .describe("The work is done, but the response is lost, so the caller does not know."),
  }),
  z
    .strictObject({ kind: z.literal("refused"), status: z.literal([400, 401, 403, 404]) })
    .describe(
      "ARM's error codes: InvalidParameter, ExpiredAuthenticationToken, AuthorizationFailed, ResourceNotFound.",
    ),
  z
    .strictObject({
      kind: z.literal("proxy"),
      status: z.literal([200, 401, 403, 404, 502]).default(200),
      body: z.enum(["html", "empty", "empty-object"]),
      carriedOut: z.boolean().default(false),
    })
    .describe("A proxy or gateway answers instead of Azure."),
  z.strictObject({ kind: z.literal("updating") }).describe("The VM is read, and its provisioningState is Updating."),
]);
export type FaultAnswer = z.infer<typeof FaultAnswer>;

const Fault = z.strictObject({
  on: z
    .string()
    .min(1)
    .describe("The Azure action that fails, `*` for any part, e.g. `Microsoft.Compute/virtualMachines/runCommands/*`."),
  path: z
    .string()
    .optional()
    .describe(
      "Only calls whose path has this part, `*` for any part of it, e.g. the name of a VM, or `vm-app-01/*-apply-2` for a script of a run there.",
    ),
  after: count.default(0).describe("How many matching calls succeed first."),
  times: count.default(1).describe("How many matching calls fail after that."),
  answer: FaultAnswer,
});
export type WorldFault = z.infer<typeof Fault>;

const RunCommand = z.strictObject({
  seconds: seconds.default(1).describe("The minimum duration of a script."),
  firstSeconds: seconds
    .default(0)
    .describe(
      "How long the first managed Run Command of a VM waits for the agent, which installs what runs it: 95 s, recorded.",
    ),
  pollRetryAfterSeconds: count
    .default(0)
    .describe("How long each poll of a Run Command that has not ended asks to wait (Retry-After); 0: it does not say."),
  actionSeconds: seconds
    .default(0)
    .describe("The minimum duration of an action Run Command; Azure documents about 20 s."),
  maximumScriptBytes: count
    .nullable()
    .default(null)
    .describe("Azure refuses a longer script with 413; null: only by ARM's own limit of 4 MB for a request."),
  stuckRunning: z.boolean().default(false).describe("The script ends, but Azure always reports Running."),
  neverStarts: z.boolean().default(false).describe("Azure accepts the script, but the VM never runs it."),
  cutOutput: z
    .strictObject({ keep: z.enum(["first", "last"]), bytes: count })
    .nullable()
    .default(null)
    .describe("The part of the output that remains; Azure itself keeps the last 4096 bytes."),
});

/** The expected result of a repair with default options. */
const Expectation = z.strictObject({
  outcome: z
    .enum([...outcomes, "awaiting-approval"])
    .describe("The outcome, or `awaiting-approval` when it waits for a decision."),
  faulty: z.array(z.string()).describe("Checks that are faulty before the repair, in any order."),
  remediations: z.array(z.string()).describe("The remediations that the planner chooses, in any order."),
  because: z.string().optional().describe("Part of the sentence that explains the outcome."),
  network: z
    .array(NetworkExpectation)
    .default([])
    .describe("The verdicts on single sources, independent of the sources of the repair."),
  lockouts: z
    .array(z.string())
    .default([])
    .describe("What will lock people out later, by the kinds of lib/scan, the soonest first."),
  findings: z
    .record(z.string(), z.string())
    .default({})
    .describe("Part of the sentence by which a check explains its verdict, by the check's id."),
  again: z
    .enum(outcomes)
    .default("healthy")
    .describe("The outcome of a second repair, after a first one that ended as `repaired`."),
  log: z.string().optional().describe("Part of a line of the run's log."),
  note: z.string().optional().describe("A note for readers of this file."),
});

const ExpectationWith = z.strictObject({
  options: RunOptions.pick({ remediations: true, maximumRisk: true, force: true, weakenMinutes: true }).partial(),
  outcome: z.enum(outcomes),
});

export const World = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  description: z.string().min(1),
  expect: Expectation.optional().describe("The expected result of a repair with default options."),
  expectWith: ExpectationWith.optional().describe(
    "The expected result of a repair with these options, on a fresh copy of the world.",
  ),
  vms: z.array(Vm).min(1),
  cloud: z.enum(cloudNames).default("AzureCloud").describe("The cloud, which decides the names of ARM in tokens."),
  apiVersions: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe(
      "The API versions that this cloud serves, by provider, e.g. `Microsoft.Compute`, instead of those of recent clients.",
    ),
  faults: z.array(Fault).default([]).describe("Faults of Azure's answers."),
  runCommand: RunCommand.prefault({}),
  networkAnswers: NetworkAnswers.prefault({}),
  restartSeconds: seconds.default(1),
  latencyMs: z.number().int().min(0).max(60_000).default(0).describe("Delay of every response of ARM."),
  throttling: z.boolean().default(false).describe("Whether the token buckets of ARM and Compute reject calls."),
  roles: z
    .array(z.enum(optionalRoles))
    .default([])
    .describe("Roles of infra/roles that the remediator has in addition to its own."),
  assignments: z
    .array(
      z.strictObject({
        role: z.enum(roleNames),
        scope: z
          .string()
          .regex(/^\/subscriptions\/[0-9a-f-]{36}(\/resourceGroups\/[^/]+(\/providers\/.+)?)?$/i)
          .describe("The ARM id of a subscription, a resource group or a resource: the role counts there and below."),
      }),
    )
    .optional()
    .describe(
      "The roles of infra/roles that the remediator has, each with its scope. Default: its own role and those of `roles`, everywhere.",
    ),
  deny: z.array(z.string().min(1)).default([]).describe("Actions removed from the remediator's role; `*` as in roles."),
});
export type World = z.infer<typeof World>;
