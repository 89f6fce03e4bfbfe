import { armResourcesOf, type CloudName } from "../cloud.ts";
import { type HttpRequest, jsonReply, type Reply } from "../http.ts";

/** The endpoints of this cloud. Clients read them before sign-in. Version 2015-01-01 has a different form. */
export function cloudMetadata(
  request: HttpRequest,
  { origin, tenantId, cloud }: { origin: string; tenantId: string; cloud: CloudName },
): Reply {
  const authentication = {
    loginEndpoint: origin,
    audiences: armResourcesOf[cloud].map((resource) => `${resource}/`),
    tenant: tenantId,
    identityProvider: "AAD",
  };
  if (request.query.get("api-version") === "2015-01-01") {
    return jsonReply({ galleryEndpoint: origin, graphEndpoint: origin, portalEndpoint: origin, authentication });
  }
  return jsonReply([
    {
      name: cloud,
      resourceManager: origin,
      portal: origin,
      authentication,
      graph: origin,
      graphAudience: origin,
      microsoftGraphResourceId: origin,
      suffixes: {},
    },
  ]);
}
