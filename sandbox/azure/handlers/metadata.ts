import { type HttpRequest, jsonReply, type Reply } from "../http.ts";

/** Where this cloud's parts are. Clients ask before anybody has signed in. Version 2015-01-01 has a form of its own. */
export function cloudMetadata(request: HttpRequest, origin: string, tenantId: string): Reply {
  const authentication = {
    loginEndpoint: origin,
    audiences: ["https://management.core.windows.net/", "https://management.azure.com/"],
    tenant: tenantId,
    identityProvider: "AAD",
  };
  if (request.query.get("api-version") === "2015-01-01") {
    return jsonReply({ galleryEndpoint: origin, graphEndpoint: origin, portalEndpoint: origin, authentication });
  }
  return jsonReply([
    {
      name: "AzureCloud",
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
