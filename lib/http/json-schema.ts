import { z } from "zod";

export type Json = Record<string, unknown>;

/** Schemas that have an id, under it: what the document's `components.schemas` holds. */
export type Components = Record<string, Json>;

/** JSON Schema as OpenAPI 3.1 has it. What has an id is referred to, and added to the components. */
export function toJsonSchema(schema: z.ZodType, io: "input" | "output", components: Components): Json {
  const written = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      sayOnce(jsonSchema);
      if (io === "input") tellDefault(jsonSchema);
    },
  });
  const {
    $schema: _,
    $defs = {},
    ...described
  } = JSON.parse(JSON.stringify(written).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json & {
    $defs?: Components;
  };
  Object.assign(components, $defs);
  return described;
}

/** Formats that JSON Schema has, too. zod has more, and says what they mean by a pattern. */
const formats = new Set(["date-time", "uuid", "uri", "ipv4", "ipv6"]);

/** A format that is known says the same as its pattern, and can be read; of others the pattern alone can. */
function sayOnce(jsonSchema: { format?: string; pattern?: string }): void {
  if (jsonSchema.format === undefined) return;
  if (formats.has(jsonSchema.format)) delete jsonSchema.pattern;
  else delete jsonSchema.format;
}

/**
 * A field with a default may be left out of a request. Some generators take `default` for "always there", and would make
 * callers send the field; so a sentence says it.
 */
function tellDefault(jsonSchema: { default?: unknown; description?: string }): void {
  if (jsonSchema.default === undefined) return;
  const told = `Default: ${JSON.stringify(jsonSchema.default)}.`;
  jsonSchema.description = jsonSchema.description ? `${jsonSchema.description} ${told}` : told;
  delete jsonSchema.default;
}
