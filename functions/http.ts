import {
  app,
  type HttpFunctionOptions,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from "@azure/functions";
import type { ApiRequest } from "../lib/http/api-message.ts";
import { errorResponse } from "../lib/http/error-response.ts";
import { maximumBodyBytes } from "../lib/http/read-input.ts";
import { httpTriggers } from "./http-triggers.ts";
import { durableClient, serviceOf } from "./service.ts";

/** Anonymous for the platform: function keys do not identify a caller, so the API verifies access tokens itself. */
const common: HttpFunctionOptions = { authLevel: "anonymous", extraInputs: [durableClient], handler: handleHttp };

/**
 * One function per row of the routes table, and one for the operator page; all pass the request to the same API. Routes
 * begin at the root, without the prefix `api` that is the host's default (host.json): the page is beside the API.
 */
export function registerHttp(): void {
  for (const { name, method, path } of httpTriggers) {
    app.http(name, { ...common, methods: [method], route: path.slice(1) });
  }
  app.http("servePage", { ...common, methods: ["GET", "HEAD"], route: "app/{*path}" });
  const methods: HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
  // Wrong paths and methods get the error response of the API instead of the host's empty one. The host tries routes in
  // the order of their functions' names, so this one must come last.
  app.http("unknownRoute", { ...common, methods, route: "{*path}" });
}

export async function handleHttp(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  try {
    const { api } = await serviceOf(context);
    return await api(await toApiRequest(request));
  } catch (error) {
    // Invalid settings. The caller is not authenticated here, so the response does not name them.
    context.error("The service cannot begin:", error);
    return errorResponse(
      500,
      "Internal",
      "The service is not configured. Its log names the missing or invalid settings.",
    );
  }
}

type Incoming = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

export async function toApiRequest(request: Incoming): Promise<ApiRequest> {
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries([...request.headers].map(([name, value]) => [name.toLowerCase(), value])),
    body: await readBody(request),
  };
}

/** Stands for every body that is too large: it is not read, because nobody knows yet who sends it. */
const tooLarge = new Uint8Array(maximumBodyBytes + 1);

async function readBody({ headers, body }: Incoming): Promise<Uint8Array> {
  if (Number(headers.get("content-length")) > maximumBodyBytes) return tooLarge;
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const part of body ?? []) {
    length += part.byteLength;
    if (length > maximumBodyBytes) return tooLarge;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
