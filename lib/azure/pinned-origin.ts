import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { UnexpectedResponse } from "./call-azure.ts";

/**
 * Sends requests to ARM's own address only. The SDKs follow the addresses in answers (`nextLink`, `Location`,
 * `Azure-AsyncOperation`) with the token, wherever they point; ARM names only itself there. It must stand before the
 * policy that adds the token.
 * @throws UnexpectedResponse for another address, from the call
 */
export function pinnedOrigin(endpoint: string): PipelinePolicy {
  const { origin } = new URL(endpoint);
  return {
    name: "pinnedOrigin",
    async sendRequest(request, next) {
      const asked = URL.parse(request.url);
      if (asked?.origin === origin) return next(request);
      throw new UnexpectedResponse(
        `it points to another address than Azure Resource Manager, ${asked?.origin ?? "no address"} instead of ${origin}; look for a proxy that changes answers`,
      );
    },
  };
}
