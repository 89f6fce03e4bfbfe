import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { fail, ok, type Result } from "./core/problem.ts";
import { Risk } from "./core/risk.ts";
import { AlertMode } from "./core/run.ts";
import type { AlertPolicy } from "./runs/alert-intake.ts";
import { runsAtWork } from "./runs/policy.ts";

const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https URL" });
const yesOrNo = z
  .enum(["true", "false"])
  .default("false")
  .transform((word) => word === "true");
const list = z
  .string()
  .transform((text) => text.split(",").map((one) => one.trim()))
  .pipe(z.array(z.string().min(1)).min(1));

function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .pipe(z.number().min(least, error).max(most, error));
}

/** Every setting, by the name of its environment variable, with its default. */
const Environment = z.object({
  /** Azure Resource Manager's endpoint. Another cloud has another one. */
  RDP_REMEDIATION_ARM_ENDPOINT: httpsUrl.default("https://management.azure.com"),
  /** The scope of the token for it; the endpoint's own `/.default` when absent. */
  RDP_REMEDIATION_ARM_SCOPE: z.string().optional(),
  /** `managed-identity` in Azure; `default` tries what a developer's machine has (environment, Azure CLI, ...). */
  RDP_REMEDIATION_CREDENTIAL: z.enum(["default", "managed-identity"]).default("default"),
  /** Client id of a user-assigned managed identity. */
  AZURE_CLIENT_ID: z.guid().optional(),
  /** The file that keeps the runs of this machine; `:memory:` forgets them at the end. */
  RDP_REMEDIATION_DATABASE: z
    .string()
    .min(1)
    .default(join(homedir(), ".rdp-remediation", "runs.sqlite")),
  /** Microsoft Entra ID of the cloud. */
  AZURE_AUTHORITY_HOST: httpsUrl.default("https://login.microsoftonline.com"),
  /** The tenant whose identities may call the HTTP API. Needed to serve it. */
  RDP_REMEDIATION_TENANT_ID: z.guid().optional(),
  /** What access tokens for the HTTP API may be for, separated by commas: its application id URI, its client id. */
  RDP_REMEDIATION_AUDIENCES: list.optional(),
  /** `true` only where App Service authentication guards every request: its `x-ms-client-principal` is then believed. */
  RDP_REMEDIATION_TRUST_PLATFORM_SIGN_IN: yesOrNo,
  /** `true` lets who asked for a repair approve its plan as well. */
  RDP_REMEDIATION_ALLOW_SELF_APPROVAL: yesOrNo,
  /** What a run that comes over HTTP may do without a decision; a request may ask for less, never for more. */
  RDP_REMEDIATION_MAXIMUM_RISK: Risk.default("interrupts-sessions"),
  /** Where clients reach the HTTP API, when a gateway stands in front of it. */
  RDP_REMEDIATION_PUBLIC_URL: httpsUrl.optional(),
  /** The port on 127.0.0.1 where `serve` listens; 0 is any free one. */
  RDP_REMEDIATION_PORT: wholeNumber(0, 65_535).default(7071),
  /** How many runs may be at work at once; the others wait for their turn. */
  RDP_REMEDIATION_RUNS_AT_WORK: wholeNumber(1, 999).default(runsAtWork),
  /** Where alerts may set something off: resource ids of subscriptions, groups or VMs, separated by commas. Nowhere when absent. */
  RDP_REMEDIATION_ALERT_SCOPES: list.optional(),
  /** What an alert may do without a decision; its rule may ask for less, never for more. */
  RDP_REMEDIATION_ALERT_MAXIMUM_RISK: Risk.default("interrupts-sessions"),
  /** What an alert may set off on a VM without the tag `rdp-remediation`: `off`, `report` or `repair`. */
  RDP_REMEDIATION_ALERT_UNTAGGED: AlertMode.default("report"),
  /** For how many minutes one cause on one VM stays quiet after it set off a run. */
  RDP_REMEDIATION_ALERT_COOL_DOWN_MINUTES: wholeNumber(1, 10_080).default(60),
  /** On how many VMs alerts may set off runs in one hour. */
  RDP_REMEDIATION_ALERT_VMS_PER_HOUR: wholeNumber(1, 1000).default(20),
  /** The table that keeps the runs of the Functions app; made when it is not there. */
  RDP_REMEDIATION_TABLE: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{2,62}$/, "must be 3 to 63 letters and digits")
    .default("RdpRemediation"),
  /** The Functions app's storage account: a connection string, for Azurite and for accounts that still have keys. */
  AzureWebJobsStorage: z.string().min(1).optional(),
  /** Its table service where the app signs in by managed identity. */
  AzureWebJobsStorage__tableServiceUri: httpsUrl.optional(),
  /** Its name, instead of the table service's address, in the public cloud. */
  AzureWebJobsStorage__accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, "must be the name of a storage account")
    .optional(),
});

export interface Settings {
  readonly arm: { readonly endpoint: string; readonly scope: string };
  readonly credential: { readonly kind: "default" | "managed-identity"; readonly clientId: string | undefined };
  readonly database: string;
  readonly runsAtWork: number;
  /** Where the Functions app keeps its runs; `null` outside of one. */
  readonly table:
    | ({ readonly table: string } & ({ readonly connectionString: string } | { readonly endpoint: string }))
    | null;
  /** What alerts may set off. */
  readonly alerts: AlertPolicy;
  readonly api: {
    /** `null` when nobody is told from anybody else: the API cannot be served then. */
    readonly signIn: {
      readonly tenantId: string;
      readonly audiences: readonly string[];
      readonly authorityHost: string;
      readonly trustPlatform: boolean;
    } | null;
    readonly allowSelfApproval: boolean;
    readonly maximumRisk: Risk;
    readonly publicUrl: string | null;
    readonly port: number;
  };
}

/** Reads all settings at once; every problem is reported together, by the variable's name and never with its value. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Result<Settings> {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return fail(
      "invalid-input",
      `Some settings cannot be used. Correct these and start again: ${problems.join("; ")}.`,
    );
  }
  const env = parsed.data;
  const endpoint = env.RDP_REMEDIATION_ARM_ENDPOINT.replace(/\/+$/, "");
  return ok({
    arm: { endpoint, scope: env.RDP_REMEDIATION_ARM_SCOPE ?? `${endpoint}/.default` },
    credential: { kind: env.RDP_REMEDIATION_CREDENTIAL, clientId: env.AZURE_CLIENT_ID },
    database: env.RDP_REMEDIATION_DATABASE,
    runsAtWork: env.RDP_REMEDIATION_RUNS_AT_WORK,
    table: readTable(env),
    alerts: {
      scopes: env.RDP_REMEDIATION_ALERT_SCOPES ?? [],
      maximumRisk: env.RDP_REMEDIATION_ALERT_MAXIMUM_RISK,
      untagged: env.RDP_REMEDIATION_ALERT_UNTAGGED,
      coolDownMs: env.RDP_REMEDIATION_ALERT_COOL_DOWN_MINUTES * 60_000,
      maximumVmsPerHour: env.RDP_REMEDIATION_ALERT_VMS_PER_HOUR,
    },
    api: {
      signIn: readSignIn(env),
      allowSelfApproval: env.RDP_REMEDIATION_ALLOW_SELF_APPROVAL,
      maximumRisk: env.RDP_REMEDIATION_MAXIMUM_RISK,
      publicUrl: env.RDP_REMEDIATION_PUBLIC_URL?.replace(/\/+$/, "") ?? null,
      port: env.RDP_REMEDIATION_PORT,
    },
  });
}

function readSignIn(env: z.infer<typeof Environment>): Settings["api"]["signIn"] {
  const { RDP_REMEDIATION_TENANT_ID: tenantId, RDP_REMEDIATION_AUDIENCES: audiences } = env;
  if (tenantId === undefined || audiences === undefined) return null;
  return {
    tenantId,
    audiences,
    authorityHost: env.AZURE_AUTHORITY_HOST.replace(/\/+$/, ""),
    trustPlatform: env.RDP_REMEDIATION_TRUST_PLATFORM_SIGN_IN,
  };
}

function readTable(env: z.infer<typeof Environment>): Settings["table"] {
  const { AzureWebJobsStorage: connectionString, AzureWebJobsStorage__accountName: account } = env;
  const table = env.RDP_REMEDIATION_TABLE;
  if (connectionString !== undefined) return { table, connectionString };
  const endpoint = env.AzureWebJobsStorage__tableServiceUri;
  if (endpoint !== undefined) return { table, endpoint };
  return account === undefined ? null : { table, endpoint: `https://${account}.table.core.windows.net` };
}
