import type { z } from "zod";
import type { ApiRequest, Checked } from "./message.ts";
import { type ErrorDetail, refuse } from "./refusal.ts";

/** 256 KiB: as much as Azure Monitor puts into one alert. */
export const maximumBodyBytes = 256 * 1024;

/** Reads a body that must be JSON. Even an empty one must say so: that keeps forms of foreign web pages out. */
export function readJson({ headers, body }: ApiRequest): Checked<unknown> {
  if (body.byteLength > maximumBodyBytes) {
    return refuse(413, "BodyTooLarge", `A body may have ${maximumBodyBytes} bytes at most. Send less at once.`);
  }
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(headers["content-type"] ?? "")) {
    return refuse(415, "UnsupportedMediaType", "Send JSON in UTF-8, with Content-Type: application/json.");
  }
  if (body.byteLength === 0) return { ok: true, value: {} };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return { ok: true, value: JSON.parse(text, refuseReservedKey) };
  } catch (error) {
    if (error instanceof ReservedKey) return refuse(400, "ReservedKey", error.message, { target: error.key });
    // The parser's own message quotes what was sent.
    return refuse(400, "InvalidJson", "The body is not JSON in UTF-8.");
  }
}

class ReservedKey extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`No field may be called "${key}".`);
    this.key = key;
  }
}

/** Keys by which JSON that is merged somewhere would change the prototype of all objects. */
const reservedKeys = new Set(["__proto__", "constructor", "prototype"]);

function refuseReservedKey(key: string, value: unknown): unknown {
  if (reservedKeys.has(key)) throw new ReservedKey(key);
  return value;
}

/** Reads query parameters: each once, and none that is unknown. */
export function readQuery(schema: z.ZodType | undefined, parameters: URLSearchParams): Checked<unknown> {
  const names = [...parameters.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    return refuse(400, "InvalidInput", "A query parameter is given more than once.", { target: shorten(twice) });
  }
  if (schema) return check(schema, Object.fromEntries(parameters), "query");
  const [strange] = names;
  if (strange === undefined) return { ok: true, value: undefined };
  const target = shorten(strange);
  return refuse(400, "InvalidInput", `There is no query parameter "${target}" here.`, { target });
}

const maximumDetails = 20;

/** What the schema makes of the input, or a refusal that names every offending field and quotes no value. */
export function check<T>(schema: z.ZodType<T>, input: unknown, what: "body" | "query" | "headers"): Checked<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  const details = parsed.error.issues.flatMap((issue) => describeIssue(issue, what)).slice(0, maximumDetails);
  const [first] = details;
  const more = details.length > 1 ? ` And ${details.length - 1} more, see details.` : "";
  return refuse(400, "InvalidInput", `The ${what} cannot be used: ${first?.target}: ${first?.message}.${more}`, {
    details,
    ...(first?.target && { target: first.target }),
  });
}

function describeIssue(issue: z.core.$ZodIssue, what: string): ErrorDetail[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, maximumDetails).map((key) => ({
      code: "UnknownField",
      message: "There is no such field",
      target: shorten(path ? `${path}.${key}` : key),
    }));
  }
  return [{ code: "InvalidValue", message: issue.message, target: shorten(path || what) }];
}

function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}...` : name;
}
