import { z } from "zod";
import { Run } from "./run.ts";
import { runFormat } from "./run-format.ts";

/** A stored run that this version cannot read. It is left unchanged: another version may be able to read it. */
export class UnreadableRun extends Error {}

/**
 * Reads a stored run. Fields of later versions are kept, so that saving the run does not lose them. Missing fields get
 * their defaults. @throws UnreadableRun
 */
export function readRun(text: string): Run {
  const stored = parseJson(text);
  const format = typeof stored === "object" && stored !== null && "format" in stored ? stored.format : undefined;
  if (format === setAsideFormat) throw new UnreadableRun(wasSetAside);
  if (format !== runFormat) {
    throw new UnreadableRun(
      `It is stored in format ${JSON.stringify(format) ?? "none"}, and this version reads ${runFormat}.`,
    );
  }
  const read = tolerant.safeParse(stored);
  if (read.success) return read.data;
  const again = tolerant.safeParse(withoutSections(stored, read.error.issues));
  if (again.success) return again.data;
  const issue = read.error.issues[0];
  throw new UnreadableRun(`It is damaged, or of another version: ${issue?.path.join(".")}: ${issue?.message}.`);
}

/** The format of a run that was set aside, in the place of its number. */
const setAsideFormat = "set aside";

/** The text of a run that no version reads any more, with its former text in it. */
export function setAsideText(stored: string): string {
  return JSON.stringify({ format: setAsideFormat, stored });
}

/** The words about a run that was set aside. */
export const wasSetAside = "It could not be read for days, and was set aside so that its VM is free.";

/**
 * The run without the sections of guest evidence that have another form in this version: they become unreadable, as a
 * section that the guest could not read. Evidence explains a run; its plan, its receipts and its undo do not need it.
 */
function withoutSections(stored: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy = structuredClone(stored) as Record<string, { guest?: Record<string, unknown> } | undefined>;
  for (const { path } of issues) {
    const [evidence, guest, section] = path.map(String);
    const sections = guest === "guest" && evidence !== undefined ? copy[evidence]?.guest : undefined;
    if (sections && section !== undefined && section in sections) {
      sections[section] = { unreadable: "This section was stored by another version of this tool." };
    }
  }
  return copy;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableRun("It is no JSON: it is damaged.");
  }
}

/** Schemas share their parts. Without this map a part would be made anew for each of its places: most of the time of a start. */
const known = new WeakMap<z.core.$ZodType, z.ZodType>();

const tolerant = keepingUnknown(Run);

/** The same schema, which keeps unknown fields at every depth: what a later version has stored is not lost. */
export function keepingUnknown<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return loosened(schema) as z.ZodType<T>;
}

function loosened(schema: z.core.$ZodType): z.ZodType {
  const loose = known.get(schema) ?? makeLoose(schema);
  known.set(schema, loose);
  return loose;
}

function makeLoose(schema: z.core.$ZodType): z.ZodType {
  const { def } = schema as z.ZodType & { def: z.core.$ZodTypes["_zod"]["def"] };
  switch (def.type) {
    case "object":
      return z.looseObject(mapValues(def.shape));
    case "array":
      return z.array(loosened(def.element));
    case "union":
      return "discriminator" in def && typeof def.discriminator === "string"
        ? z.discriminatedUnion(def.discriminator, def.options.map(loosened) as unknown as [z.ZodObject])
        : z.union(def.options.map(loosened));
    case "record":
      return z.record(def.keyType as z.ZodString, loosened(def.valueType));
    case "nullable":
      return loosened(def.innerType).nullable();
    case "optional":
      return loosened(def.innerType).optional();
    case "default":
      return loosened(def.innerType).default(def.defaultValue as never);
    case "prefault":
      return loosened(def.innerType).prefault(def.defaultValue as never);
    default:
      return schema as z.ZodType;
  }
}

function mapValues(shape: Readonly<Record<string, z.core.$ZodType>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, loosened(value)]));
}
