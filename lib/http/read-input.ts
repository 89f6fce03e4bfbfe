import type { z } from "zod";
import type { ApiRequest, CheckedInput } from "./api-message.ts";
import { type ErrorDetail, rejectInput } from "./error-response.ts";

/** 256 KiB: as much as Azure Monitor puts into one alert. */
export const maximumBodyBytes = 256 * 1024;

/** Reads a body that must be JSON. An empty one must declare it too: that excludes forms of other web pages. */
export function readJson({ headers, body }: ApiRequest): CheckedInput<unknown> {
  if (body.byteLength > maximumBodyBytes) {
    return rejectInput(413, "BodyTooLarge", `The body is larger than ${maximumBodyBytes} bytes. Split the request.`);
  }
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(headers["content-type"] ?? "")) {
    return rejectInput(415, "UnsupportedMediaType", "Send JSON in UTF-8, with Content-Type: application/json.");
  }
  if (body.byteLength === 0) return { ok: true, value: {} };
  try {
    const value: unknown = JSON.parse(utf8.decode(body));
    const key = reservedKeyIn(value);
    if (key === null) return { ok: true, value };
    return rejectInput(400, "ReservedKey", `A field must not have the name "${key}".`, { target: key });
  } catch {
    // Not JSON, or nested too deeply. The parser's message is not used because it quotes the input.
    return rejectInput(
      400,
      "InvalidJson",
      "The body is not valid JSON in UTF-8. Check its quotation marks: a shell may have removed them.",
    );
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Keys by which JSON that is merged somewhere would change the prototype of all objects. */
const reservedKeys = new Set(["__proto__", "constructor", "prototype"]);

/** The first such key, at whatever depth. @throws RangeError when the value is too deep. */
function reservedKeyIn(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  for (const key of Object.keys(value)) {
    const found = reservedKeys.has(key) ? key : reservedKeyIn((value as Record<string, unknown>)[key]);
    if (found !== null) return found;
  }
  return null;
}

/** Reads query parameters: each once, and none that is unknown. */
export function readQuery(schema: z.ZodType | undefined, parameters: URLSearchParams): CheckedInput<unknown> {
  const names = [...parameters.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    return rejectInput(400, "InvalidInput", "A query parameter is given more than once.", { target: shorten(twice) });
  }
  if (schema) return checkInput(schema, Object.fromEntries(parameters), "query");
  const [strange] = names;
  if (strange === undefined) return { ok: true, value: undefined };
  const target = shorten(strange);
  return rejectInput(400, "InvalidInput", `This route has no query parameter "${target}".`, { target });
}

const maximumDetails = 20;

/** Validates input with a schema. The error response names every invalid field and quotes no value. */
export function checkInput<T>(
  schema: z.ZodType<T>,
  input: unknown,
  what: "body" | "query" | "headers",
): CheckedInput<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  const details = parsed.error.issues.flatMap((issue) => describeIssue(issue, what)).slice(0, maximumDetails);
  const [first] = details;
  const more = details.length > 1 ? ` And ${details.length - 1} more, see details.` : "";
  return rejectInput(400, "InvalidInput", `The ${what} cannot be used: ${first?.target}: ${first?.message}.${more}`, {
    details,
    ...(first?.target && { target: first.target }),
  });
}

function describeIssue(issue: z.core.$ZodIssue, what: string): ErrorDetail[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, maximumDetails).map((key) => ({
      code: "UnknownField",
      message: "There is no such field; GET /api/openapi.json lists those that there are",
      target: shorten(path ? `${path}.${key}` : key),
    }));
  }
  if (issue.code === "invalid_union") return describeUnion(issue, what);
  return [{ code: "InvalidValue", message: issue.message, target: shorten(path || what) }];
}

/** Of a value with several forms: the mistakes in the form that it comes closest to, which has them deepest inside. */
function describeUnion({ errors, path, message }: z.core.$ZodIssueInvalidUnion, what: string): ErrorDetail[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === "unrecognized_keys" ? 1 : 0)));
  const [nearest] = errors.toSorted((one, other) => depth(other) - depth(one));
  if (nearest && (depth(nearest) > 0 || nearest.some(({ code }) => code !== "invalid_type"))) {
    return nearest.flatMap((issue) => describeIssue({ ...issue, path: [...path, ...issue.path] }, what));
  }
  return [{ code: "InvalidValue", message, target: shorten(path.map(String).join(".") || what) }];
}

function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}...` : name;
}
