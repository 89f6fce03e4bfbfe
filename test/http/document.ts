import { Ajv2020 } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import type { ApiResponse } from "../../lib/http/api-message.ts";
import { findRoute } from "../../lib/http/find-route.ts";
import { describeApi } from "../../lib/http/openapi.ts";
import { routes } from "../../lib/http/routes.ts";

interface Documented {
  readonly headers?: Record<string, unknown>;
  readonly content?: { "application/json": { schema: object } };
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Record<string, Documented>;
  readonly requestBody?: { content: { "application/json": { schema: object } } };
}

export const document = describeApi(routes, "https://api.example") as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { examples?: unknown[] }> };
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
// A module of the old kind: its default export is one level deeper for types than at run time.
(addFormatsModule as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema(document, "document");

/** The headers that the document speaks of; the others are HTTP's own business. */
const described = [
  "operation-location",
  "retry-after",
  "repeatability-result",
  "etag",
  "www-authenticate",
  "content-disposition",
];

function pointer(...parts: readonly string[]): string {
  return `document#/${parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
}

/** Everything in which an answer differs from what the document says of it; empty when it keeps its word. */
export function differences(method: string, path: string, { status, headers, body }: ApiResponse): string[] {
  const found = findRoute(routes, method, new URL(`https://api.example${path}`).pathname);
  if (found.kind !== "found") return check(pointer("components", "schemas", "Error"), String(body));
  const template = found.route.path;
  const operation = document.paths[template]?.[method.toLowerCase()];
  const documented = operation?.responses[status];
  if (!documented) return [`${found.route.name} never answers ${status}`];
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (typeof body !== "string") return type in (documented.content ?? {}) ? [] : [`${found.route.name} sends ${type}`];
  const silent = described.filter((name) => name in headers && !(name in (documented.headers ?? {})));
  const place = [
    "paths",
    template,
    method.toLowerCase(),
    "responses",
    String(status),
    "content",
    "application/json",
    "schema",
  ];
  return [
    ...silent.map((name) => `${found.route.name} ${status} says nothing of the header ${name}`),
    ...(documented.content ? check(pointer(...place), body) : body === "" ? [] : [`${status} has a body`]),
  ];
}

function check(schema: string, body: string): string[] {
  const validate = ajv.getSchema(schema) ?? ajv.compile({ $ref: schema });
  return validate(JSON.parse(body))
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

/** In what a value differs from a schema of the document; empty when it does not. */
export function violations(schema: string, value: unknown): string[] {
  return check(pointer("components", "schemas", schema), JSON.stringify(value));
}

/** Whether the document allows this body in a request to the named operation. */
export function allowsBody(template: string, method: string, body: unknown): boolean {
  const place = ["paths", template, method.toLowerCase(), "requestBody", "content", "application/json", "schema"];
  const schema = pointer(...place);
  return (ajv.getSchema(schema) ?? ajv.compile({ $ref: schema }))(body) === true;
}
