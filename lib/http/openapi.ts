import type { z } from "zod";
import { type Components, type Json, toJsonSchema } from "./json-schema.ts";
import { RepeatabilityHeaders } from "./requests.ts";
import { ErrorBody } from "./responses.ts";
import { type ResponseDescription, type Route, tags } from "./route.ts";

/** Grows with what callers can see of the API. */
export const apiVersion = "1.0.0";

/** The OpenAPI 3.1 document of these routes, from the very schemas by which they read and answer. */
export function describeApi(routes: readonly Route[], base: string): Json {
  const schemas: Components = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describeRoute(route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "RDP Remediation for Azure VMs",
      version: apiVersion,
      description:
        "Diagnoses why Remote Desktop fails on a Windows VM, repairs it, proves the repair, and can undo it.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: base }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas, headers, securitySchemes: { entra } },
  };
}

const entra = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "An access token of Microsoft Entra ID for this API, with the app role that the operation names.",
};

const text = { type: "string" };

/** All response headers. */
const headers: Record<string, Json> = {
  "operation-location": { description: "URL of the status monitor.", schema: { type: "string", format: "uri" } },
  "retry-after": {
    description: "Seconds to wait before the next request.",
    schema: { type: "string", pattern: "^\\d+$" },
  },
  "repeatability-result": {
    description: "Result for Repeatability-Request-ID.",
    schema: { enum: ["accepted", "rejected"] },
  },
  "content-security-policy": { description: "The page may load nothing and run no script.", schema: text },
  "content-disposition": { description: "The name of the file.", schema: text },
  etag: { description: "Send it in If-None-Match.", schema: text },
  "x-ms-error-code": { description: "The error's code.", schema: text },
  "www-authenticate": {
    description: "Where to sign in (`authorization_uri`, with the tenant), and for what (`resource`, the audience).",
    schema: text,
  },
};

function describeRoute(route: Route, schemas: Components): Json {
  const { name, summary, tag, role, body } = route;
  const parameters = describeParameters(route, schemas);
  const answers = Object.entries({ ...refusalsOf(route), ...route.answers });
  return {
    operationId: name,
    summary,
    tags: [tag],
    security: role === null ? [] : [{ entra: [role] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: jsonContent(toJsonSchema(body, "input", schemas)) } }),
    responses: Object.fromEntries(
      answers.map(([status, answer]) => [status, describeAnswer(Number(status), answer, schemas)]),
    ),
  };
}

function describeParameters({ path, query, once, answers }: Route, schemas: Components): Json[] {
  return [
    ...(hasId(path) ? [{ name: "id", in: "path", required: true, schema: { ...text, format: "uuid" } }] : []),
    ...(query ? describeFields(query, "query", schemas) : []),
    ...(once ? describeFields(RepeatabilityHeaders, "header", schemas) : []),
    ...(304 in answers ? [{ name: "if-none-match", in: "header", schema: text }] : []),
  ];
}

function describeFields(schema: z.ZodObject, place: "query" | "header", schemas: Components): Json[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...described } = toJsonSchema(field, "input", schemas);
    const several = severalIn(field, schemas);
    return {
      name,
      in: place,
      ...(description !== undefined && { description }),
      schema: several ?? described,
      ...(several && { style: "form", explode: false }),
    };
  });
}

/** The schema of a list that is written with commas; `null` for every other field. */
function severalIn(field: z.ZodType, schemas: Components): Json | null {
  const { description: _, ...read } = toJsonSchema(field, "output", schemas);
  return read.type === "array" ? read : null;
}

type Answers = Route["answers"];

const unfit = "The request is invalid; `details` names every invalid field.";
const always: Answers = {
  400: { description: unfit },
  500: { description: "Internal error of the service." },
};
const signedIn: Answers = {
  401: { description: "Not signed in.", headers: ["www-authenticate"] },
  403: { description: "A role is missing, or a rule of the service forbids it." },
  503: { description: "Temporarily not possible; retry.", headers: ["retry-after"] },
};
const withId: Answers = { 404: { description: "Nothing has this id." } };
const withBody: Answers = {
  413: { description: "The body is too large." },
  415: { description: "The content type is not JSON." },
};

const safeToRepeat: Answers = { 501: { description: "Repeatability-Request-ID is not supported here." } };
const startingWork: Answers = {
  400: { description: `${unfit} Or its id stands for another request.`, headers: ["repeatability-result"] },
};

/** The error responses of every route of this kind. */
function refusalsOf({ role, path, body, once }: Route): Answers {
  return {
    ...always,
    ...(role && signedIn),
    ...(hasId(path) && withId),
    ...(body && withBody),
    ...(body && (once ? startingWork : safeToRepeat)),
  };
}

function hasId(path: string): boolean {
  return path.includes("{id}");
}

function describeAnswer(
  status: number,
  { description, headers: own = [], schema, file }: ResponseDescription,
  schemas: Components,
): Json {
  const refused = status >= 400;
  const names = refused ? [...own, "x-ms-error-code"] : own;
  const body = schema ?? (refused ? ErrorBody : null);
  return {
    description,
    ...(names.length > 0 && {
      headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    }),
    ...(body && { content: jsonContent(toJsonSchema(body, "output", schemas)) }),
    // OpenAPI 3.1 describes a body of bytes by its media type alone.
    ...(file && { content: Object.fromEntries([file].flat().map((type) => [type, {}])) }),
  };
}

function jsonContent(schema: Json): Json {
  return { "application/json": { schema } };
}
