import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Risk } from "./core/risk.ts";
import { AlertMode } from "./core/run.ts";
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

const ranges = list.pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], { error: "must be CIDRs, e.g. 10.100.0.0/16" })));

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
  RDP_REMEDIATION_ARM_ENDPOINT: httpsUrl
    .default("https://management.azure.com")
    .describe("Azure Resource Manager's endpoint. Another cloud has another one."),
  RDP_REMEDIATION_ARM_SCOPE: z
    .string()
    .optional()
    .describe("The scope of the token for it; the endpoint's own `/.default` when absent."),
  RDP_REMEDIATION_CREDENTIAL: z
    .enum(["default", "managed-identity"])
    .default("default")
    .describe(
      "`managed-identity` in Azure; `default` tries what a developer's machine has (environment, Azure CLI, ...).",
    ),
  AZURE_CLIENT_ID: z.guid().optional().describe("Client id of a user-assigned managed identity."),
  RDP_REMEDIATION_DATABASE: z
    .string()
    .min(1)
    .default(join(homedir(), ".rdp-remediation", "runs.sqlite"))
    .describe("The file that keeps the runs of this machine; `:memory:` forgets them at the end."),
  AZURE_AUTHORITY_HOST: httpsUrl
    .default("https://login.microsoftonline.com")
    .describe("Microsoft Entra ID of the cloud."),
  RDP_REMEDIATION_TENANT_ID: z
    .guid()
    .optional()
    .describe("The tenant whose identities may call the HTTP API. Needed to serve it."),
  RDP_REMEDIATION_AUDIENCES: list
    .optional()
    .describe(
      "What access tokens for the HTTP API may be for, separated by commas: its application id URI, its client id.",
    ),
  RDP_REMEDIATION_TRUST_PLATFORM_SIGN_IN: yesOrNo.describe(
    "`true` only where App Service authentication guards every request: its `x-ms-client-principal` is then believed.",
  ),
  RDP_REMEDIATION_ALLOW_SELF_APPROVAL: yesOrNo.describe("`true` lets who asked for a repair approve its plan as well."),
  RDP_REMEDIATION_MAXIMUM_RISK: Risk.default("interrupts-sessions").describe(
    "What a run that comes over HTTP may do without a decision; a request may ask for less, never for more.",
  ),
  RDP_REMEDIATION_SESSIONS_WITHOUT_ASKING: wholeNumber(0, 10_000)
    .default(0)
    .describe(
      "How many active sessions a plan may end without a decision; disconnected ones are not counted. A run that cannot count them asks.",
    ),
  RDP_REMEDIATION_WEAKEN_MINUTES: wholeNumber(1, 1440)
    .default(60)
    .describe("For how many minutes a setting is relaxed when the request does not say."),
  RDP_REMEDIATION_WEAKEN_MAXIMUM_MINUTES: wholeNumber(1, 1440)
    .default(240)
    .describe("For how many minutes a request may have a setting relaxed at most."),
  RDP_REMEDIATION_KEEP_JOURNALS_DAYS: wholeNumber(1, 3650)
    .default(90)
    .describe("For how many days a VM keeps the journal of a run, without which the run cannot be undone."),
  RDP_REMEDIATION_KEEP_JOURNALS_COUNT: wholeNumber(1, 1000)
    .default(20)
    .describe("How many journals a VM keeps; beyond these the oldest go first."),
  RDP_REMEDIATION_KEEP_RUNS_DAYS: wholeNumber(1, 3650)
    .default(90)
    .describe(
      "For how many days after its end a run is kept; one that changed something no less long than the VM keeps its journal.",
    ),
  RDP_REMEDIATION_DISPATCH_REPOSITORY: z
    .string()
    .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "must be OWNER/NAME")
    .optional()
    .describe(
      "The GitHub repository whose workflow `network-fix.yml` a repair starts when it ends with a fix for the network. None when absent.",
    ),
  RDP_REMEDIATION_DISPATCH_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be a token")
    .optional()
    .describe(
      "A token that may write the contents of that repository and nothing else; in Azure a Key Vault reference. Needed with it.",
    ),
  RDP_REMEDIATION_DISPATCH_ENDPOINT: httpsUrl
    .default("https://api.github.com")
    .describe("GitHub's REST API; of GitHub Enterprise Server `https://HOST/api/v3`."),
  RDP_REMEDIATION_PROBE: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "`on` where the service has a way to the VMs' RDP port: it makes a handshake of its own before and after a repair.",
    ),
  RDP_REMEDIATION_PUBLIC_URL: httpsUrl
    .optional()
    .describe("Where clients reach the HTTP API, when a gateway stands in front of it."),
  RDP_REMEDIATION_PORT: wholeNumber(0, 65_535)
    .default(7071)
    .describe("The port on 127.0.0.1 where `serve` listens; 0 is any free one."),
  RDP_REMEDIATION_RUNS_AT_WORK: wholeNumber(1, 999)
    .default(runsAtWork)
    .describe("How many runs may be at work at once; the others wait for their turn."),
  RDP_REMEDIATION_ALERT_SCOPES: list
    .optional()
    .describe(
      "Where alerts may set something off: resource ids of subscriptions, groups or VMs, separated by commas. Nowhere when absent.",
    ),
  RDP_REMEDIATION_ALERT_MAXIMUM_RISK: Risk.default("interrupts-sessions").describe(
    "What an alert may do without a decision; its rule may ask for less, never for more.",
  ),
  RDP_REMEDIATION_ALERT_UNTAGGED: AlertMode.default("report").describe(
    "What an alert may set off on a VM without the tag `rdp-remediation`: `off`, `report` or `repair`.",
  ),
  RDP_REMEDIATION_ALERT_COOL_DOWN_MINUTES: wholeNumber(1, 10_080)
    .default(60)
    .describe("For how many minutes one cause on one VM stays quiet after it set off a run."),
  RDP_REMEDIATION_ALERT_VMS_PER_HOUR: wholeNumber(1, 1000)
    .default(20)
    .describe("On how many VMs alerts may set off runs in one hour."),
  RDP_REMEDIATION_ON_PREMISES_RANGES: ranges
    .optional()
    .describe(
      "Ranges that reach the virtual networks through a gateway, as CIDRs separated by commas: Azure does not tell them. Each is judged like the virtual network itself.",
    ),
  RDP_REMEDIATION_TABLE: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{2,62}$/, "must be 3 to 63 letters and digits")
    .default("RdpRemediation")
    .describe("The table that keeps the runs of the Functions app; made when it is not there."),
  AzureWebJobsStorage: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The Functions app's storage account: a connection string, for Azurite and for accounts that still have keys.",
    ),
  AzureWebJobsStorage__tableServiceUri: httpsUrl
    .optional()
    .describe("Its table service where the app signs in by managed identity."),
  AzureWebJobsStorage__accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, "must be the name of a storage account")
    .optional()
    .describe("Its name, instead of the table service's address, in the public cloud."),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z
    .string()
    .regex(/InstrumentationKey=/i, "must be the connection string of an Application Insights resource")
    .optional()
    .describe("Where the Functions app sends its telemetry. Without it none is sent."),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z
    .string()
    .regex(/Authorization=AAD/i, "must say `Authorization=AAD`")
    .optional()
    .describe("`Authorization=AAD;ClientId=...` where Application Insights takes tokens of Microsoft Entra ID alone."),
  RDP_REMEDIATION_TELEMETRY_SAMPLING: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("Share of the runs whose traces are sent, 0 to 1; a run is sent whole or not at all."),
});
export type Environment = z.infer<typeof Environment>;
