import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where a sign-in can come from, in the order of the Azure SDKs. */
export type SignInSource =
  | "environment"
  | "workload-identity"
  | "managed-identity"
  | "azure-cli"
  | "azure-powershell"
  | "azure-developer-cli";

/** What shows on this machine whether somebody is signed in. */
export interface SignInTraces {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  exists(path: string): boolean;
  /** Whether the metadata service of Azure's VMs answers. */
  isAzureVm(): Promise<boolean>;
}

/**
 * The sources that can give a token. Each that cannot costs seconds: a program is started, or an address is asked that does
 * not answer. None: nobody is signed in here, which is then told at once.
 */
export async function signInSources({
  environment: env,
  home,
  exists,
  isAzureVm,
}: SignInTraces): Promise<SignInSource[]> {
  const hasSecret = env.AZURE_CLIENT_SECRET || env.AZURE_CLIENT_CERTIFICATE_PATH || env.AZURE_PASSWORD;
  const namesIdentity = env.IDENTITY_ENDPOINT || env.MSI_ENDPOINT || env.IMDS_ENDPOINT;
  // The first exists since the first `az login`; Azure PowerShell and azd keep their sign-in in the others.
  const azureCli = join(env.AZURE_CONFIG_DIR || join(home, ".azure"), "azureProfile.json");
  const powershell = [".Azure", ".azure"].map((folder) => join(home, folder, "AzureRmContext.json"));
  const developerCli = join(env.AZD_CONFIG_DIR || join(home, ".azd"), "auth");
  const found: [SignInSource, boolean][] = [
    ["environment", Boolean(env.AZURE_TENANT_ID && env.AZURE_CLIENT_ID && hasSecret)],
    ["workload-identity", Boolean(env.AZURE_FEDERATED_TOKEN_FILE)],
    ["managed-identity", Boolean(namesIdentity) || (await isAzureVm())],
    ["azure-cli", exists(azureCli)],
    ["azure-powershell", powershell.some(exists)],
    ["azure-developer-cli", exists(developerCli)],
  ];
  return found.flatMap(([source, is]) => (is ? source : []));
}

/** The metadata service is on the VM's own host, and answers within milliseconds. */
const metadataMs = 1000;

/** The traces of this machine. */
export function tracesHere(): SignInTraces {
  return {
    environment: process.env,
    home: homedir(),
    exists: existsSync,
    async isAzureVm() {
      try {
        const url = "http://169.254.169.254/metadata/instance?api-version=2021-02-01";
        const answer = await fetch(url, { headers: { metadata: "true" }, signal: AbortSignal.timeout(metadataMs) });
        await answer.body?.cancel();
        // A proxy may answer for it, and refuses then.
        return answer.ok;
      } catch {
        return false;
      }
    },
  };
}
