import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { instrumentationScope } from "../telemetry/names.ts";

/**
 * A span for each request to Azure, within the effect that asked. Named by method and resource type alone: names and
 * ids of resources would make as many names as there are resources. Addresses are not told: some of them hold
 * signatures.
 */
export function tracingPolicy(): PipelinePolicy {
  return {
    name: "rdpRemediationSpan",
    sendRequest(request, next) {
      const name = `${request.method} ${resourceType(request.url)}`;
      const options = { kind: SpanKind.CLIENT, attributes: { "http.request.method": request.method } };
      return trace.getTracer(instrumentationScope).startActiveSpan(name, options, async (span) => {
        try {
          const response = await next(request);
          span.setAttribute("http.response.status_code", response.status);
          if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR, message: String(response.status) });
          return response;
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "error" });
          throw error;
        } finally {
          span.end();
        }
      });
    },
  };
}

/** `Microsoft.Compute/virtualMachines/runCommands` of an ARM address; its every second word is a name. */
export function resourceType(url: string): string {
  const path = new URL(url).pathname;
  const below = path.split(/\/providers\//i).at(-1) ?? "";
  if (below === path) return "resources";
  const [provider = "", ...words] = below.split("/");
  return [provider, ...words.filter((_, at) => at % 2 === 0)].join("/");
}
