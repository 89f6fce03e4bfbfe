import type { AccessRules } from "./access/access-rules.ts";
import { clouds } from "./core/clouds.ts";
import { fail, ok, type Result } from "./core/problem.ts";
import type { Risk } from "./core/risk.ts";
import type { RunLimits } from "./core/run.ts";
import { Environment } from "./environment.ts";
import type { DispatchSettings } from "./github/dispatch.ts";
import { type Secrets, secretProblems } from "./notifications/read-receivers.ts";
import type { Receiver } from "./notifications/receiver.ts";
import type { AlertPolicy } from "./runs/intake/alert-intake.ts";

export interface Settings {
  readonly arm: {
    readonly endpoint: string;
    readonly scope: string;
    /** By provider; empty: this product's own choice. */
    readonly apiVersions: Readonly<Record<string, string>>;
    readonly scripts: "whole" | "compressed";
  };
  readonly credential: {
    readonly kind: "default" | "managed-identity";
    readonly clientId: string | undefined;
    readonly authorityHost: string;
  };
  /** Ranges behind a gateway, as CIDRs. */
  readonly onPremises: readonly string[];
  readonly database: string;
  readonly runsAtWork: number;
  /** For how many days after its end a run is kept. */
  readonly keepRunsDays: number;
  /** The limits that apply to every run. A run keeps the limits that were set when it was requested. */
  readonly limits: RunLimits;
  /** Where the Functions app keeps its runs; `null` outside of one. */
  readonly table:
    | ({ readonly table: string } & ({ readonly connectionString: string } | { readonly endpoint: string }))
    | null;
  /** Where telemetry is sent; `null`: nowhere. `entra`: ingestion needs a token of the service's own identity. */
  readonly telemetry: {
    readonly connectionString: string;
    readonly entra: boolean;
    readonly sampling: number;
  } | null;
  /** The workflow that deploys network fixes; `null`: a person starts it by hand. */
  readonly dispatch: DispatchSettings | null;
  /** What alerts may set off. */
  /** Where the service looks by itself for what will lock people out, and how often. */
  readonly scans: { readonly scopes: readonly string[]; readonly everyHours: number };
  readonly alerts: AlertPolicy;
  /** Where links to the pages of runs lead, without a slash at the end; `null`: nobody knows. */
  readonly pagesUrl: string | null;
  /** Who is told what; `null`: nobody. */
  readonly notifications: {
    readonly receivers: readonly Receiver[];
    readonly secrets: Secrets;
    readonly publicUrl: string;
  } | null;
  /** Who may do what on which VMs; `null`: app roles apply to all VMs. */
  readonly access: AccessRules | null;
  readonly api: {
    /** `null` when callers are not authenticated: the API cannot be served then. */
    readonly signIn: {
      readonly tenantId: string;
      readonly audiences: readonly string[];
      readonly authorityHost: string;
    } | null;
    /** The operator page: its app registration, and the portal of the cloud that it links to. */
    readonly page: { readonly clientId: string | null; readonly portal: string };
    readonly allowSelfApproval: boolean;
    readonly maximumRisk: Risk;
    /** What one caller may use in an hour. */
    readonly budgets: { readonly runs: number; readonly vmLists: number };
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
  if (env.RDP_REMEDIATION_WEAKEN_MINUTES > env.RDP_REMEDIATION_WEAKEN_MAXIMUM_MINUTES) {
    return fail(
      "invalid-input",
      "Some settings cannot be used. RDP_REMEDIATION_WEAKEN_MINUTES must not be more than RDP_REMEDIATION_WEAKEN_MAXIMUM_MINUTES.",
    );
  }
  const given = [env.RDP_REMEDIATION_DISPATCH_REPOSITORY, env.RDP_REMEDIATION_DISPATCH_TOKEN];
  if (given.includes(undefined) && given.some((one) => one !== undefined)) {
    return fail(
      "invalid-input",
      "Some settings cannot be used. RDP_REMEDIATION_DISPATCH_REPOSITORY and RDP_REMEDIATION_DISPATCH_TOKEN need each other.",
    );
  }
  const pagesUrl = readPagesUrl(env);
  const notifications = readNotifications(env, pagesUrl);
  if (!notifications.ok) return notifications;
  const cloud = clouds[env.RDP_REMEDIATION_CLOUD];
  const endpoint = (env.RDP_REMEDIATION_ARM_ENDPOINT ?? cloud.resourceManager).replace(/\/+$/, "");
  const authorityHost = (env.AZURE_AUTHORITY_HOST ?? cloud.authority).replace(/\/+$/, "");
  return ok({
    arm: {
      endpoint,
      scope: env.RDP_REMEDIATION_ARM_SCOPE ?? `${endpoint}/.default`,
      apiVersions: env.RDP_REMEDIATION_API_VERSIONS ?? {},
      scripts: env.RDP_REMEDIATION_SCRIPTS,
    },
    credential: { kind: env.RDP_REMEDIATION_CREDENTIAL, clientId: env.AZURE_CLIENT_ID, authorityHost },
    onPremises: env.RDP_REMEDIATION_ON_PREMISES_RANGES ?? [],
    database: env.RDP_REMEDIATION_DATABASE,
    runsAtWork: env.RDP_REMEDIATION_RUNS_AT_WORK,
    keepRunsDays: env.RDP_REMEDIATION_KEEP_RUNS_DAYS,
    limits: readLimits(env),
    dispatch: readDispatch(env),
    table: readTable(env),
    telemetry: readTelemetry(env),
    scans: { scopes: env.RDP_REMEDIATION_SCAN_SCOPES ?? [], everyHours: env.RDP_REMEDIATION_SCAN_HOURS },
    alerts: {
      scopes: env.RDP_REMEDIATION_ALERT_SCOPES ?? [],
      maximumRisk: env.RDP_REMEDIATION_ALERT_MAXIMUM_RISK,
      untagged: env.RDP_REMEDIATION_ALERT_UNTAGGED,
      coolDownMs: env.RDP_REMEDIATION_ALERT_COOL_DOWN_MINUTES * 60_000,
      maximumVmsPerHour: env.RDP_REMEDIATION_ALERT_VMS_PER_HOUR,
      maximumRunsPerVm: env.RDP_REMEDIATION_ALERT_RUNS_PER_VM,
    },
    access: env.RDP_REMEDIATION_ACCESS_RULES ?? null,
    pagesUrl,
    notifications: notifications.value,
    api: {
      signIn: readSignIn(env, authorityHost),
      page: { clientId: env.RDP_REMEDIATION_PAGE_CLIENT_ID ?? null, portal: cloud.portal },
      allowSelfApproval: env.RDP_REMEDIATION_ALLOW_SELF_APPROVAL,
      maximumRisk: env.RDP_REMEDIATION_MAXIMUM_RISK,
      budgets: { runs: env.RDP_REMEDIATION_RUNS_PER_CALLER, vmLists: env.RDP_REMEDIATION_VM_LISTS_PER_CALLER },
      publicUrl: env.RDP_REMEDIATION_PUBLIC_URL?.replace(/\/+$/, "") ?? null,
      port: env.RDP_REMEDIATION_PORT,
    },
  });
}

function readLimits(env: Environment): RunLimits {
  return {
    sessionsWithoutAsking: env.RDP_REMEDIATION_SESSIONS_WITHOUT_ASKING,
    weakenMinutes: env.RDP_REMEDIATION_WEAKEN_MINUTES,
    weakenMaximumMinutes: env.RDP_REMEDIATION_WEAKEN_MAXIMUM_MINUTES,
    accessAddresses: env.RDP_REMEDIATION_ACCESS_ADDRESSES,
    keepJournals: {
      days: env.RDP_REMEDIATION_KEEP_JOURNALS_DAYS,
      count: env.RDP_REMEDIATION_KEEP_JOURNALS_COUNT,
    },
    probes: env.RDP_REMEDIATION_PROBE === "on",
    handsOver: env.RDP_REMEDIATION_DISPATCH_REPOSITORY !== undefined,
  };
}

/** The public URL; else the host name that the platform sets, which in a local Functions host has a port. */
function readPagesUrl(env: Environment): string | null {
  const host = /^[a-z0-9.-]+(:\d+)?$/i.exec(env.WEBSITE_HOSTNAME ?? "")?.[0];
  return (env.RDP_REMEDIATION_PUBLIC_URL ?? (host ? `https://${host}` : null))?.replace(/\/+$/, "") ?? null;
}

function readNotifications(env: Environment, publicUrl: string | null): Result<Settings["notifications"]> {
  const receivers = env.RDP_REMEDIATION_NOTIFICATIONS;
  if (!receivers || receivers.length === 0) return ok(null);
  const secrets = env.RDP_REMEDIATION_NOTIFICATION_SECRETS ?? {};
  const problems = secretProblems(receivers, secrets);
  if (publicUrl && problems.length === 0) return ok({ receivers, secrets, publicUrl });
  const missing = publicUrl ? [] : ["RDP_REMEDIATION_NOTIFICATIONS needs RDP_REMEDIATION_PUBLIC_URL, where links lead"];
  const wrong = problems.map((problem) => `RDP_REMEDIATION_NOTIFICATION_SECRETS: ${problem}`);
  return fail("invalid-input", `Some settings cannot be used. ${[...missing, ...wrong].join("; ")}.`);
}

function readDispatch(env: Environment): Settings["dispatch"] {
  const { RDP_REMEDIATION_DISPATCH_REPOSITORY: repository, RDP_REMEDIATION_DISPATCH_TOKEN: token } = env;
  if (repository === undefined || token === undefined) return null;
  return { repository, token, endpoint: env.RDP_REMEDIATION_DISPATCH_ENDPOINT.replace(/\/+$/, "") };
}

function readSignIn(env: Environment, authorityHost: string): Settings["api"]["signIn"] {
  const { RDP_REMEDIATION_TENANT_ID: tenantId, RDP_REMEDIATION_AUDIENCES: audiences } = env;
  if (tenantId === undefined || audiences === undefined) return null;
  return { tenantId, audiences, authorityHost };
}

function readTable(env: Environment): Settings["table"] {
  const { AzureWebJobsStorage: connectionString, AzureWebJobsStorage__accountName: account } = env;
  const table = env.RDP_REMEDIATION_TABLE;
  const { storageSuffix } = clouds[env.RDP_REMEDIATION_CLOUD];
  if (connectionString !== undefined) return { table, connectionString };
  const endpoint = env.AzureWebJobsStorage__tableServiceUri;
  if (endpoint !== undefined) return { table, endpoint };
  return account === undefined ? null : { table, endpoint: `https://${account}.table.${storageSuffix}` };
}

function readTelemetry(env: Environment): Settings["telemetry"] {
  const connectionString = env.APPLICATIONINSIGHTS_CONNECTION_STRING;
  if (connectionString === undefined) return null;
  const entra = env.APPLICATIONINSIGHTS_AUTHENTICATION_STRING !== undefined;
  return { connectionString, entra, sampling: env.RDP_REMEDIATION_TELEMETRY_SAMPLING };
}
