import { conditionOf, operandOf, type Row } from "./conditions.ts";
import { createReader, type Reader } from "./reader.ts";
import { QueryError, tokensOf } from "./tokens.ts";

/*
 * As much of the Kusto Query Language as it takes to select resources: `resources | where | project | project-away | order
 * by | take`. Anything else is refused by name. The operators that the real one has:
 * https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
 */

type Stage = (rows: readonly Row[]) => readonly Row[];

/** The tables of this sandbox. */
export const tables = ["resources", "computeresources"] as const;
export type Table = (typeof tables)[number];

/** A query that can be evaluated over the rows of its table. @throws QueryError */
export function parseQuery(query: string): (rowsOf: (table: Table) => readonly Row[]) => readonly Row[] {
  const reader = createReader(tokensOf(query));
  const name = reader.name();
  const table = tables.find((one) => one === name.toLowerCase());
  if (table === undefined) {
    throw new QueryError(
      "UnsupportedBySandbox",
      `the table '${name}': this sandbox has the tables ${tables.join(", ")}`,
    );
  }
  const stages: Stage[] = [];
  while (!reader.isAtEnd()) {
    reader.symbol("|");
    stages.push(stageOf(reader));
  }
  return (rowsOf) => stages.reduce((rows, stage) => stage(rows), rowsOf(table));
}

function stageOf(reader: Reader): Stage {
  const operator = reader.name().toLowerCase();
  switch (operator) {
    case "where": {
      const holds = conditionOf(reader);
      return (rows) => rows.filter(holds);
    }
    case "project":
      return project(reader);
    case "project-away": {
      const names = listOf(reader, () => reader.name());
      return (rows) =>
        rows.map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => !names.includes(key))));
    }
    case "order":
    case "sort":
      reader.keyword("by");
      return order(reader);
    case "take":
    case "limit": {
      const count = reader.number();
      return (rows) => rows.slice(0, count);
    }
    default:
      throw new QueryError("UnsupportedBySandbox", `the operator '${operator}'`);
  }
}

function project(reader: Reader): Stage {
  const columns = listOf(reader, () => {
    const name = reader.name();
    if (!reader.takes("=")) {
      reader.back();
      return { name, value: operandOf(reader) };
    }
    return { name, value: operandOf(reader) };
  });
  return (rows) => rows.map((row) => Object.fromEntries(columns.map(({ name, value }) => [name, value(row) ?? null])));
}

function order(reader: Reader): Stage {
  const keys = listOf(reader, () => {
    const value = operandOf(reader);
    // Kusto sorts descending unless it is told otherwise.
    const ascending = reader.takes("asc") || (reader.takes("desc") && false);
    return { value, sign: ascending ? 1 : -1 };
  });
  return (rows) =>
    rows.toSorted((a, b) => {
      for (const { value, sign } of keys) {
        const [left, right] = [String(value(a) ?? ""), String(value(b) ?? "")];
        if (left !== right) return left < right ? -sign : sign;
      }
      return 0;
    });
}

function listOf<T>(reader: Reader, read: () => T): T[] {
  const all = [read()];
  while (reader.takes(",")) all.push(read());
  return all;
}
