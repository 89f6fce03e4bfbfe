import { type PipelinePolicy, type PipelineResponse, RestError } from "@azure/core-rest-pipeline";

/**
 * The headers of which ARM adds at least one to every response (Azure/azure-resource-manager-rpc, v1.0,
 * common-api-details.md). A proxy that answers by itself has none of them.
 */
const idHeaders = ["x-ms-correlation-request-id", "x-ms-routing-request-id", "x-ms-request-id"];

/**
 * Takes a success that is not ARM's, or whose body was lost on the way, for a response that was lost: the SDKs would
 * take it for done, or fail while they read it. Refusals are passed on: their meaning is found elsewhere.
 */
export function requireArmResponse(): PipelinePolicy {
  return {
    name: "requireArmResponse",
    async sendRequest(request, next) {
      const response = await next(request);
      if (response.status >= 300) return response;
      if (!idHeaders.some((name) => response.headers.get(name))) throw lost("NOT_FROM_ARM", response);
      if (response.status === 200 && request.method !== "DELETE" && !isJson(response.bodyAsText)) {
        throw lost("NO_JSON", response);
      }
      return response;
    },
  };
}

/** Without a status, so that it counts as a failure of the network. */
function lost(code: string, { status, request }: PipelineResponse): RestError {
  return new RestError(`${request.method}: the response ${status} is not whole, or not Azure's.`, { code, request });
}

/** Every body of ARM is an object. */
function isJson(text: string | null | undefined): boolean {
  try {
    const body: unknown = JSON.parse(text ?? "");
    return typeof body === "object" && body !== null;
  } catch {
    return false;
  }
}
