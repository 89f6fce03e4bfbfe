import { type AccessToken, createServiceClient, type ServiceClient } from "./client/service-client.ts";
import type { Settings } from "./settings.ts";

/** A client of the service at this URL, signed in as `given`, or as whoever is signed in to Azure here. */
export function composeClient(
  { credential }: Pick<Settings, "credential">,
  url: string,
  given: AccessToken | null,
): ServiceClient {
  return createServiceClient({
    url,
    async signIn(challenge) {
      if (given) return { ok: true, value: given };
      // Loading the identity library is slow, and a service that does not answer needs no sign-in.
      const { getApiToken } = await import("./azure/api-token.ts");
      return getApiToken(credential, challenge);
    },
  });
}
