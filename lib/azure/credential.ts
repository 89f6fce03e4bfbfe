import {
  AggregateAuthenticationError,
  AzureCliCredential,
  AzureDeveloperCliCredential,
  AzurePowerShellCredential,
  ChainedTokenCredential,
  DefaultAzureCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import { type SignInSource, type SignInTraces, signInSources, tracesHere } from "./sign-in-sources.ts";

export interface SignIn {
  /**
   * `managed-identity`: as the identity of where this runs, and nobody else. `default`: as whoever is signed in
   * here, in the usual order: environment, workload identity, managed identity, `az login`, ...
   */
  readonly kind: "managed-identity" | "default";
  /** Client id of a user-assigned managed identity; without it the system-assigned one. */
  readonly clientId?: string | undefined;
  /** URL of Microsoft Entra ID; that of the public cloud when absent. */
  readonly authorityHost?: string | undefined;
  /** The tenant to sign in to; that of the identity when absent. */
  readonly tenantId?: string | undefined;
}

/** A service names its identity, because the default order would silently make it somebody else. Asks for no token yet. */
export function createCredential(signIn: SignIn, traces: SignInTraces = tracesHere()): TokenCredential {
  const { kind, clientId, authorityHost, tenantId } = signIn;
  if (kind === "managed-identity") return new ManagedIdentityCredential(clientId ? { clientId } : {});
  // A choice that the user has made by the SDK's own variable.
  if (traces.environment.AZURE_TOKEN_CREDENTIALS) {
    return new DefaultAzureCredential({
      ...(clientId && { managedIdentityClientId: clientId }),
      ...(authorityHost && { authorityHost }),
      ...(tenantId && { tenantId }),
    });
  }
  let chosen: TokenCredential | undefined;
  return {
    async getToken(scopes, options) {
      chosen ??= chainOf(await signInSources(traces), signIn);
      return chosen.getToken(scopes, options);
    },
  };
}

/** @throws AggregateAuthenticationError when there is no source */
function chainOf(sources: readonly SignInSource[], signIn: SignIn): TokenCredential {
  if (sources.length === 0) {
    throw new AggregateAuthenticationError(
      [],
      "There is no sign-in of the Azure CLI, Azure PowerShell or azd here, no identity in the environment, and this is no VM of Azure.",
    );
  }
  return new ChainedTokenCredential(...sources.map((source) => credentialOf(source, signIn)));
}

function credentialOf(source: SignInSource, { clientId, authorityHost, tenantId }: SignIn): TokenCredential {
  const tenant = tenantId ? { tenantId } : {};
  const authority = authorityHost ? { authorityHost } : {};
  switch (source) {
    case "environment":
      return new EnvironmentCredential(authority);
    case "workload-identity":
      return new WorkloadIdentityCredential({ ...authority, ...(clientId && { clientId }) });
    case "managed-identity":
      return new ManagedIdentityCredential(clientId ? { clientId } : {});
    case "azure-cli":
      return new AzureCliCredential(tenant);
    case "azure-powershell":
      return new AzurePowerShellCredential(tenant);
    case "azure-developer-cli":
      return new AzureDeveloperCliCredential(tenant);
  }
}
