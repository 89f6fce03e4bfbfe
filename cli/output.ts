import type { Result } from "../lib/core/problem.ts";
import type { OutputName } from "./flags.ts";
import { refuse } from "./refuse.ts";

/**
 * The JSON document of a command in another form, as the Azure CLI has them: `query` is JMESPath; `table` and `tsv` have a
 * row for each object of a list, with its values that are no objects. Without a query, `table` shows `table` where a command
 * has it, as the Azure CLI shows a choice of columns.
 */
export async function formatData(
  data: unknown,
  output: Exclude<OutputName, "text">,
  query: string | undefined,
  table?: readonly Row[],
): Promise<Result<string>> {
  if (output === "table" && query === undefined && table) return ok(toTable(table));
  const chosen = query === undefined ? ok(data) : await search(data, query);
  if (!chosen.ok) return chosen;
  switch (output) {
    case "json":
      return ok(toJson(chosen.value));
    case "yaml":
      return ok((await import("./yaml.ts")).toYaml(JSON.parse(toJson(chosen.value))));
    case "table":
      return ok(toTable(rowsOf(chosen.value)));
    case "tsv":
      return ok(
        rowsOf(chosen.value)
          .map((row) => Object.values(row).map(textOf).join("\t"))
          .join("\n"),
      );
  }
}

async function search(data: unknown, query: string): Promise<Result<unknown>> {
  const { search: find } = await import("@jmespath-community/jmespath");
  try {
    return ok(find(JSON.parse(JSON.stringify(data)), query));
  } catch (error) {
    return refuse(
      `--query "${query}" cannot be used: ${error instanceof Error ? error.message : error}. It is JMESPath (https://jmespath.org).`,
    );
  }
}

function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** JSON that is safe on a terminal: control characters that JSON.stringify keeps become escapes. */
export function toJson(data: unknown): string {
  return (JSON.stringify(data, null, 2) ?? "null").replace(
    /[\u007f-\u009f\p{Cf}]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

type Row = Readonly<Record<string, unknown>>;

function rowsOf(data: unknown): Row[] {
  const list = Array.isArray(data) ? data : isObject(data) && Array.isArray(data.value) ? data.value : [data];
  return list.map((one: unknown) => {
    if (Array.isArray(one)) return { ...one };
    return isObject(one)
      ? Object.fromEntries(Object.entries(one).filter(([, value]) => !isNested(value)))
      : { value: one };
  });
}

function isObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** One line without tabs, so that columns stay columns. */
function textOf(value: unknown): string {
  const text = value === null || value === undefined ? "" : isNested(value) ? JSON.stringify(value) : String(value);
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ");
}

function toTable(rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => names.map((name) => textOf(row[name])));
  const widths = names.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  // The Azure CLI writes names with a capital in tables.
  const head = names.map((name) => name.charAt(0).toUpperCase() + name.slice(1));
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
