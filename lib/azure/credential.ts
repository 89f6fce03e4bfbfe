import { DefaultAzureCredential, ManagedIdentityCredential, type TokenCredential } from "@azure/identity";

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
export function createCredential({ kind, clientId, authorityHost, tenantId }: SignIn): TokenCredential {
  if (kind === "managed-identity") return new ManagedIdentityCredential(clientId ? { clientId } : {});
  return new DefaultAzureCredential({
    ...(clientId && { managedIdentityClientId: clientId }),
    ...(authorityHost && { authorityHost }),
    ...(tenantId && { tenantId }),
  });
}
