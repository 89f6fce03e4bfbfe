import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { readAccessRules } from "./access/read-access-rules.ts";
import { parseArmScope } from "./core/arm-scope.ts";
import { cloudNames } from "./core/clouds.ts";
import type { Result } from "./core/problem.ts";
import { Risk } from "./core/risk.ts";
import { AlertMode } from "./core/run-request.ts";
import { readReceivers, readSecrets } from "./notifications/read-receivers.ts";
import { runsAtWork } from "./runs/timing.ts";

const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https URL" });
const yesOrNo = z
  .enum(["true", "false"])
  .default("false")
  .transform((word) => word === "true");
const list = z
  .string()
  .transform((text) => text.split(",").map((one) => one.trim()))
  .pipe(z.array(z.string().min(1)).min(1));

const ranges = list.pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], { error: "must be CIDRs, e.g. 10.100.0.0/16" })));

const scopes = list.pipe(
  z.array(
    z.string().refine((text) => parseArmScope(text) !== null, {
      error: "must be resource ids of subscriptions, resource groups, scale sets or VMs",
    }),
  ),
);

/** JSON itself, or the contents of the file whose path it is; `null` when that cannot be read. */
function jsonOrFile(text: string): string | null {
  // App Service leaves a Key Vault reference in the setting when it cannot resolve it; its reader says so.
  if (/^\s*\{|^@Microsoft\.KeyVault\(/.test(text)) return text;
  try {
    return readFileSync(text.trim(), "utf8");
  } catch {
    return null;
  }
}

/** A document as JSON, or the path of a file with it. */
function documentOf<T>(read: (document: string) => Result<T>) {
  return z
    .string()
    .min(1)
    .transform((text, context) => {
      const document = jsonOrFile(text);
      const found = document === null ? null : read(document);
      if (found?.ok) return found.value;
      context.addIssue({ code: "custom", message: found?.problem.message ?? "its file cannot be read" });
      return z.NEVER;
    });
}

function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .pipe(z.number().min(least, error).max(most, error));
}

/** Every setting, by the name of its environment variable, with its default. */
export const Environment = z.object({
  RDP_REMEDIATION_CLOUD: z
    .enum(cloudNames)
    .default("AzureCloud")
    .describe(
      "The cloud of the VMs: `AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`. It decides the endpoints of Azure Resource Manager and of Microsoft Entra ID, the token scope and the names of storage accounts.",
    ),
  RDP_REMEDIATION_ARM_ENDPOINT: httpsUrl
    .optional()
    .describe("Endpoint of Azure Resource Manager, where it is not that of the cloud."),
  RDP_REMEDIATION_ARM_SCOPE: z.string().optional().describe("Token scope for ARM. Default: `<endpoint>/.default`."),
  RDP_REMEDIATION_API_VERSIONS: list
    .pipe(
      z.array(
        z
          .string()
          .regex(/^Microsoft\.[A-Za-z]+=\d{4}-\d\d-\d\d(-preview)?$/, "must be PROVIDER=VERSION, separated by commas"),
      ),
    )
    .transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string])))
    .optional()
    .describe(
      "API versions to ask for instead of this product's own choice, e.g. `Microsoft.Compute=2023-03-01,Microsoft.Network=2023-02-01`. Not needed where Azure itself lists the versions that it serves: one of them is then taken.",
    ),
  RDP_REMEDIATION_SCRIPTS: z
    .enum(["whole", "compressed"])
    .default("whole")
    .describe(
      "How scripts are sent to a VM: `whole`, and compressed where Azure refuses one for its size; or always `compressed`.",
    ),
  RDP_REMEDIATION_CREDENTIAL: z
    .enum(["default", "managed-identity"])
    .default("default")
    .describe(
      "`managed-identity` in Azure; `default` tries the credentials of a developer's machine (environment, Azure CLI, ...).",
    ),
  AZURE_CLIENT_ID: z
    .guid()
    .optional()
    .describe("Client id of a user-assigned managed identity. When absent, the system-assigned one is used."),
  RDP_REMEDIATION_DATABASE: z
    .string()
    .min(1)
    .default(join(homedir(), ".rdp-remediation", "runs.sqlite"))
    .describe("The database file of this machine's runs; `:memory:` stores them only until the process ends."),
  AZURE_AUTHORITY_HOST: httpsUrl
    .optional()
    .describe("Endpoint of Microsoft Entra ID, where it is not that of the cloud."),
  RDP_REMEDIATION_TENANT_ID: z
    .guid()
    .optional()
    .describe("The tenant whose identities may call the HTTP API. Required to serve the API."),
  RDP_REMEDIATION_AUDIENCES: list
    .optional()
    .describe(
      "Accepted audiences of access tokens for the HTTP API, separated by commas: its application id URI, its client id. Required to serve the API.",
    ),
  RDP_REMEDIATION_PAGE_CLIENT_ID: z
    .guid()
    .optional()
    .describe(
      "Client id of the app registration with which people sign in to the operator page (`/app/`). When absent, the page says how to make one.",
    ),
  RDP_REMEDIATION_ALLOW_SELF_APPROVAL: yesOrNo.describe("`true` allows requesters to approve their own plans."),
  RDP_REMEDIATION_ACCESS_RULES: documentOf(readAccessRules)
    .optional()
    .describe(
      "Which identity may do what on which VMs: JSON, or the path of a file with it (docs/access-rules.md). When absent, app roles apply to every VM that the service reaches.",
    ),
  RDP_REMEDIATION_RUNS_PER_CALLER: wholeNumber(1, 100_000)
    .default(300)
    .describe("How many runs one caller may start over HTTP in one hour, per process of the service."),
  RDP_REMEDIATION_VM_LISTS_PER_CALLER: wholeNumber(1, 10_000)
    .default(30)
    .describe(
      "How often one caller may search VMs by tag in one hour, per process. Each search asks Azure Resource Graph for all machines of its scope.",
    ),
  RDP_REMEDIATION_MAXIMUM_RISK: Risk.default("interrupts-sessions").describe(
    "The highest risk that a run started over HTTP takes without a decision. A request may lower it, but not raise it.",
  ),
  RDP_REMEDIATION_SESSIONS_WITHOUT_ASKING: wholeNumber(0, 10_000)
    .default(0)
    .describe(
      "How many active sessions a plan may end without a decision. Disconnected sessions do not count. A run that cannot count the sessions waits for a decision.",
    ),
  RDP_REMEDIATION_WEAKEN_MINUTES: wholeNumber(1, 1440)
    .default(60)
    .describe("For how many minutes a setting is weakened when the request does not say."),
  RDP_REMEDIATION_WEAKEN_MAXIMUM_MINUTES: wholeNumber(1, 1440)
    .default(240)
    .describe("For how many minutes a request may weaken a setting at most."),
  RDP_REMEDIATION_ACCESS_ADDRESSES: wholeNumber(1, 65_536)
    .default(256)
    .describe(
      "For how many addresses a repair requests just-in-time access at most, over all its sources; of IPv6 a network of 64 bits counts as one.",
    ),
  RDP_REMEDIATION_KEEP_JOURNALS_DAYS: wholeNumber(1, 3650)
    .default(90)
    .describe("For how many days a VM keeps the journal of a run. Without it the run cannot be undone."),
  RDP_REMEDIATION_KEEP_JOURNALS_COUNT: wholeNumber(1, 1000)
    .default(20)
    .describe("How many journals a VM keeps. The oldest are deleted first."),
  RDP_REMEDIATION_KEEP_RUNS_DAYS: wholeNumber(1, 3650)
    .default(90)
    .describe(
      "For how many days after its end a run is kept. A run with changes is kept at least as long as its journal.",
    ),
  RDP_REMEDIATION_DISPATCH_REPOSITORY: z
    .string()
    .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "must be OWNER/NAME")
    .optional()
    .describe(
      "The GitHub repository whose workflow `network-fix.yml` a repair starts when it ends with a proposed rule. When absent, no workflow is started.",
    ),
  RDP_REMEDIATION_DISPATCH_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be a token")
    .optional()
    .describe(
      "A token that may only write the contents of that repository; in Azure a Key Vault reference. Required with the repository.",
    ),
  RDP_REMEDIATION_DISPATCH_ENDPOINT: httpsUrl
    .default("https://api.github.com")
    .describe("Endpoint of GitHub's REST API; for GitHub Enterprise Server `https://HOST/api/v3`."),
  RDP_REMEDIATION_PROBE: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "Set `on` where the service has a network path to the RDP port of the VMs: it then makes its own handshake before and after a repair.",
    ),
  RDP_REMEDIATION_PUBLIC_URL: httpsUrl
    .optional()
    .describe("Public URL of the HTTP API behind a gateway. When absent, the URL of the request is used."),
  RDP_REMEDIATION_NOTIFICATIONS: documentOf(readReceivers)
    .optional()
    .describe(
      "Who is told when a plan waits, a run has ended, an operation was stopped or a lock-out is ahead: JSON, or the path of a file with it (docs/notifications.md). It needs the public URL. When absent, nobody is told.",
    ),
  RDP_REMEDIATION_NOTIFICATION_SECRETS: documentOf(readSecrets)
    .optional()
    .describe(
      "The secrets that receivers of notifications name: a JSON object, or the path of a file with it; in Azure a Key Vault reference.",
    ),
  WEBSITE_HOSTNAME: z
    .string()
    .optional()
    .describe(
      "The host name of the Functions app, which App Service sets. Where there is no public URL, links in notifications lead there.",
    ),
  RDP_REMEDIATION_PORT: wholeNumber(0, 65_535)
    .default(7071)
    .describe("The port on 127.0.0.1 on which `serve` listens; 0 is any free port."),
  RDP_REMEDIATION_RUNS_AT_WORK: wholeNumber(1, 999)
    .default(runsAtWork)
    .describe("Maximum number of concurrent runs. The others wait for a free slot."),
  RDP_REMEDIATION_ALERT_SCOPES: scopes
    .optional()
    .describe(
      "Where alerts may start runs: resource ids of subscriptions, resource groups, scale sets or VMs, separated by commas. When absent, alerts start nothing.",
    ),
  RDP_REMEDIATION_SCAN_SCOPES: scopes
    .optional()
    .describe(
      "Where the service looks by itself for what will lock people out: resource ids of subscriptions, resource groups, scale sets or VMs, separated by commas. It diagnoses each VM there, and changes nothing. When absent, it does not.",
    ),
  RDP_REMEDIATION_SCAN_HOURS: wholeNumber(1, 168).default(24).describe("How often it does so, in hours."),
  RDP_REMEDIATION_ALERT_MAXIMUM_RISK: Risk.default("interrupts-sessions").describe(
    "The highest risk that a run started by an alert takes without a decision. The alert rule may lower it, but not raise it.",
  ),
  RDP_REMEDIATION_ALERT_UNTAGGED: AlertMode.default("report").describe(
    "What an alert starts on a VM without the tag `rdp-remediation`: nothing (`off`), a diagnosis (`report`) or a repair (`repair`).",
  ),
  RDP_REMEDIATION_ALERT_COOL_DOWN_MINUTES: wholeNumber(1, 10_080)
    .default(60)
    .describe("For how many minutes after a run alerts with the same cause on the same VM are ignored."),
  RDP_REMEDIATION_ALERT_VMS_PER_HOUR: wholeNumber(1, 1000)
    .default(20)
    .describe("On how many VMs alerts may start runs in one hour."),
  RDP_REMEDIATION_ALERT_RUNS_PER_VM: wholeNumber(1, 100)
    .default(4)
    .describe("How many runs alerts may start on one VM in one hour, whatever their causes."),
  RDP_REMEDIATION_ON_PREMISES_RANGES: ranges
    .optional()
    .describe(
      "Ranges that reach the virtual networks through a gateway, as CIDRs separated by commas. Azure does not list them. They are evaluated like the virtual network itself.",
    ),
  RDP_REMEDIATION_TABLE: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{2,62}$/, "must be 3 to 63 letters and digits")
    .default("RdpRemediation")
    .describe("The table of the runs of the Functions app. It is created when it does not exist."),
  AzureWebJobsStorage: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The Functions app's storage account: a connection string, for Azurite and for accounts that still have keys.",
    ),
  AzureWebJobsStorage__tableServiceUri: httpsUrl
    .optional()
    .describe("URL of the table service of that account, when the app signs in with a managed identity."),
  AzureWebJobsStorage__accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, "must be the name of a storage account")
    .optional()
    .describe("Name of that account instead of the URL, in the cloud of the setting."),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z
    .string()
    .regex(/InstrumentationKey=/i, "must be the connection string of an Application Insights resource")
    .optional()
    .describe("Where the Functions app sends its telemetry. When absent, it sends none."),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z
    .string()
    .regex(/Authorization=AAD/i, "must say `Authorization=AAD`")
    .optional()
    .describe(
      "`Authorization=AAD;ClientId=...` when Application Insights accepts only tokens of Microsoft Entra ID. When absent, the connection string authenticates.",
    ),
  RDP_REMEDIATION_TELEMETRY_SAMPLING: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("Share of the runs whose traces are sent, 0 to 1. Each run is sent completely or not at all."),
});
export type Environment = z.infer<typeof Environment>;
