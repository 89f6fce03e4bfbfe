import { getProtectedResource } from "./handlers/describe-service.ts";
import { receiveAlert } from "./handlers/receive-alert.ts";
import { receiveMcp } from "./handlers/receive-mcp.ts";
import { mcpPath, metadataPath } from "./protected-resource.ts";
import { AlertNotification, McpMessage } from "./requests.ts";
import { AlertIntake, ProtectedResource } from "./responses.ts";
import { defineRoute, type Route } from "./route.ts";
import { refused } from "./route-answers.ts";

/** Routes for action groups of Azure Monitor and for agents. */
export const intakeRoutes: readonly Route[] = [
  defineRoute({
    name: "receiveAlert",
    method: "POST",
    path: "/api/alerts",
    tag: "Alerts",
    summary: "For action groups of Azure Monitor: receives alerts in the common alert schema from a secure webhook.",
    role: "ActionGroupsSecureWebhook",
    body: AlertNotification,
    answers: { 202: { description: "Accepted. For each ignored VM or alert the body says why.", schema: AlertIntake } },
    handle: receiveAlert,
  }),
  defineRoute({
    name: "receiveMcp",
    method: "POST",
    path: mcpPath,
    tag: "Agents",
    summary:
      "The Model Context Protocol (streamable HTTP, without sessions): tools that explain, diagnose, read runs and propose repairs with the caller's own rights. No tool approves a plan.",
    role: "Rdp.Read",
    body: McpMessage,
    answers: {
      200: { description: "The response of JSON-RPC, in which a tool's failure is a result.", schema: McpMessage },
      202: refused("A notification was taken in."),
    },
    handle: receiveMcp,
  }),
  defineRoute({
    name: "getProtectedResource",
    method: "GET",
    path: metadataPath,
    tag: "Agents",
    summary: "Where a client of the Model Context Protocol signs its user in (RFC 9728).",
    role: null,
    answers: {
      200: { description: "The metadata.", schema: ProtectedResource },
      404: refused("The service needs no sign-in."),
    },
    handle: getProtectedResource,
  }),
];
