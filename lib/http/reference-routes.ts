import { ErrorExplanation } from "../error-codes/explanation.ts";
import { getCaller, getCatalogue, getHealth, getOpenApi } from "./handlers/describe-service.ts";
import { explainClientError } from "./handlers/explain-client-error.ts";
import { ExplainError } from "./requests.ts";
import { CallerView, Catalogue, Health, OpenApi } from "./responses.ts";
import { defineRoute, type Route } from "./route.ts";

/** Routes that tell about the service and change nothing. */
export const referenceRoutes: readonly Route[] = [
  defineRoute({
    name: "getCaller",
    method: "GET",
    path: "/api/me",
    tag: "Reference",
    summary: "Who calls, as the service sees it, and with which roles.",
    role: "Rdp.Read",
    answers: { 200: { description: "The caller.", schema: CallerView } },
    handle: getCaller,
  }),
  defineRoute({
    name: "getCatalogue",
    method: "GET",
    path: "/api/catalogue",
    tag: "Reference",
    summary: "Every check and every remediation.",
    role: "Rdp.Read",
    answers: { 200: { description: "The catalogue.", schema: Catalogue } },
    handle: getCatalogue,
  }),
  defineRoute({
    name: "explainError",
    method: "GET",
    path: "/api/explain",
    tag: "Reference",
    summary:
      "What an error of a Remote Desktop client means: its names, what it proves, and its likely causes with the checks that decide them.",
    role: "Rdp.Read",
    query: ExplainError,
    answers: {
      200: { description: "`known` is false when no part of it is known.", schema: ErrorExplanation },
    },
    handle: explainClientError,
  }),
  defineRoute({
    name: "getHealth",
    method: "GET",
    path: "/api/health",
    tag: "Reference",
    summary: "Whether the service works: its store, the keys of tokens, Azure Resource Manager, the queue of work.",
    role: null,
    answers: {
      200: { description: "It can.", schema: Health },
      503: { description: "It cannot; the message names what is broken.", headers: ["retry-after"] },
    },
    handle: getHealth,
  }),
  defineRoute({
    name: "getOpenApi",
    method: "GET",
    path: "/api/openapi.json",
    tag: "Reference",
    summary: "This document.",
    role: null,
    answers: { 200: { description: "OpenAPI 3.1.", schema: OpenApi } },
    handle: getOpenApi,
  }),
];
