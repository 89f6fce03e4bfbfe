import { z } from "zod";

export type Json = Record<string, unknown>;

/** Schemas that have an id, under it: what the document's `components.schemas` holds. */
export type Components = Record<string, Json>;

/** JSON Schema as OpenAPI 3.1 has it. What has an id is referred to, and added to the components. */
export function toJsonSchema(schema: z.ZodType, io: "input" | "output", components: Components): Json {
  const written = z.toJSONSchema(schema, { io, override: ({ jsonSchema }) => dropPattern(jsonSchema) });
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

/** The format says the same, and can be read. */
function dropPattern(jsonSchema: { format?: string; pattern?: string }): void {
  if (jsonSchema.format === "date-time" || jsonSchema.format === "uuid") delete jsonSchema.pattern;
}
