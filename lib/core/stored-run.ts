import { z } from "zod";
import { Run } from "./run.ts";
import { runFormat } from "./run-format.ts";

/** A stored run that this version cannot read. It is left unchanged: another version may be able to read it. */
export class UnreadableRun extends Error {}

/** A stored run that no version reads any more: it was set aside, so that its VM is free. */
export class SetAsideRun extends UnreadableRun {
  /** It was last saved before this time (RFC 3339). */
  readonly unsavedSince: string;
  constructor(unsavedSince: string) {
    super("It could not be read for days, and was set aside so that its VM is free.");
    this.unsavedSince = unsavedSince;
  }
}

/** What a section of evidence is in the store, where this version cannot read it. A symbol: nothing but `writeRun` sees it. */
const storedForm = Symbol("the form in which a section is stored");

/** The text of a run for a store. Sections that another version has stored are written back as they were read. */
export function writeRun(run: Run): string {
  if (!hasForeignSections(run)) return JSON.stringify(run);
  return JSON.stringify(run, (_, value) => {
    const isForeign = typeof value === "object" && value !== null && storedForm in value;
    return isForeign ? value[storedForm] : value;
  });
}

/** Whether the text of this run has sections that another version has stored: it must then be examined when it is read. */
export function hasForeignSections({ before, after }: Run): boolean {
  const sections = [before, after].flatMap((evidence) => Object.values(evidence?.guest ?? {}));
  return sections.some((section) => typeof section === "object" && section !== null && storedForm in section);
}

/**
 * Reads a stored run. Fields of later versions are kept, so that saving the run does not lose them. Missing fields get
 * their defaults. @throws UnreadableRun
 */
export function readRun(text: string): Run {
  const stored = parseJson(text);
  const format = typeof stored === "object" && stored !== null && "format" in stored ? stored.format : undefined;
  if (format === setAsideFormat) throw new SetAsideRun(unsavedSinceOf(stored));
  if (format !== runFormat) {
    throw new UnreadableRun(
      `It is stored in format ${JSON.stringify(format) ?? "none"}, and this version reads ${runFormat}.`,
    );
  }
  const read = tolerant.safeParse(stored);
  if (read.success) return read.data;
  const foreign = foreignSections(read.error.issues);
  const again = tolerant.safeParse(withoutSections(stored, foreign));
  if (again.success) return withStoredForms(again.data, stored, foreign);
  const issue = read.error.issues[0];
  throw new UnreadableRun(`It is damaged, or of another version: ${issue?.path.join(".")}: ${issue?.message}.`);
}

/** The format of a run that was set aside, in the place of its number. */
const setAsideFormat = "set aside";

/** The text of a run that no version reads any more, with its former text in it. */
export function setAsideText(stored: string, unsavedSince: string): string {
  return JSON.stringify({ format: setAsideFormat, unsavedSince, stored });
}

function unsavedSinceOf(stored: unknown): string {
  return String((stored as { unsavedSince?: unknown }).unsavedSince);
}

/** How a list tells a stored run that cannot be read. */
export function describeUnreadable(id: string, error: UnreadableRun) {
  const { message: because } = error;
  return { id, because, ...(error instanceof SetAsideRun && { unsavedSince: error.unsavedSince }) };
}

/** A section of guest evidence by its place in a run, e.g. `before` and `clock`. */
type SectionPlace = readonly [evidence: string, section: string];

function foreignSections(issues: readonly z.core.$ZodIssue[]): SectionPlace[] {
  return issues.flatMap(({ path }) => {
    const [evidence, guest, section] = path.map(String);
    return guest === "guest" && evidence !== undefined && section !== undefined ? [[evidence, section] as const] : [];
  });
}

/**
 * The run without the sections of guest evidence that have another form in this version: they become unreadable, as a
 * section that the guest could not read. Evidence explains a run; its plan, its receipts and its undo do not need it.
 */
function withoutSections(stored: unknown, foreign: readonly SectionPlace[]): unknown {
  const copy = structuredClone(stored);
  for (const [evidence, section] of foreign) {
    const sections = sectionsAt(copy, evidence);
    if (sections && section in sections) {
      sections[section] = { unreadable: "This section was stored by another version of this tool." };
    }
  }
  return copy;
}

/** The run, in which each foreign section remembers what it is in the store. */
function withStoredForms(run: Run, stored: unknown, foreign: readonly SectionPlace[]): Run {
  for (const [evidence, section] of foreign) {
    const read = sectionsAt(run, evidence)?.[section];
    if (typeof read === "object" && read !== null) {
      Object.assign(read, { [storedForm]: sectionsAt(stored, evidence)?.[section] });
    }
  }
  return run;
}

function sectionsAt(run: unknown, evidence: string): Record<string, unknown> | undefined {
  return (run as Record<string, { guest?: Record<string, unknown> } | undefined>)[evidence]?.guest;
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
