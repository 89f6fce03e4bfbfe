import { pageOf } from "../../core/page-link.ts";
import type { McpHost } from "../../mcp/ask-api.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { askWithin } from "../ask-api.ts";
import { apiVersion } from "../openapi.ts";
import type { McpMessage } from "../requests.ts";
import type { Call } from "../route.ts";

/**
 * Answers one message of the Model Context Protocol (streamable HTTP, no session). Whatever a tool asks of the service it
 * asks of this API with the caller's own token.
 */
export async function receiveMcp(call: Call<undefined, McpMessage>): Promise<ApiResponse> {
  const { body, deps, base } = call;
  // It stays open until the client leaves, to tell of changes of the tools: these never change.
  if (body.method === "subscriptions/listen") {
    return jsonResponse(200, {
      jsonrpc: "2.0",
      id: body.id,
      error: { code: -32601, message: "Nothing here changes." },
    });
  }
  // The library is large, and most processes never get such a message.
  const { answerMcp } = await import("../../mcp/answer-mcp.ts");
  const host: McpHost = {
    ask: askWithin(call.api, call.headers.authorization),
    wait: (milliseconds) => (deps.wait ?? pause)(milliseconds),
    howToDecide: (id) =>
      `on the page ${pageOf(base, "runs", id)}, or with rdp-remediation decide ${id} --service ${base}, with the role Rdp.Approve`,
  };
  return answerMcp(host, apiVersion, { headers: call.headers, message: body });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
