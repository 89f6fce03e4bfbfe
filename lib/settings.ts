import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { fail, ok, type Result } from "./core/problem.ts";

const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https URL" });

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
});

export interface Settings {
  readonly arm: { readonly endpoint: string; readonly scope: string };
  readonly credential: { readonly kind: "default" | "managed-identity"; readonly clientId: string | undefined };
  readonly database: string;
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
  });
}
