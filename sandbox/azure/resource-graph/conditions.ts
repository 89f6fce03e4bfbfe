import type { Reader } from "./reader.ts";
import { QueryError } from "./tokens.ts";

export type Row = Readonly<Record<string, unknown>>;

type Condition = (row: Row) => boolean;
type Value = (row: Row) => unknown;

/** An expression of `where`: comparisons, `and`, `or`, `not(...)`, parentheses. @throws QueryError */
export function conditionOf(reader: Reader): Condition {
  const parts = [allOf(reader)];
  while (reader.takes("or")) parts.push(allOf(reader));
  return (row) => parts.some((holds) => holds(row));
}

function allOf(reader: Reader): Condition {
  const parts = [oneOf(reader)];
  while (reader.takes("and")) parts.push(oneOf(reader));
  return (row) => parts.every((holds) => holds(row));
}

function oneOf(reader: Reader): Condition {
  if (reader.takes("not")) {
    const holds = inParentheses(reader);
    return (row) => !holds(row);
  }
  if (reader.peek()?.text === "(") return inParentheses(reader);
  const negated = reader.takes("isempty");
  if (negated || reader.takes("isnotempty")) {
    reader.symbol("(");
    const value = operandOf(reader);
    reader.symbol(")");
    return (row) => (text(value(row)) === "") === negated;
  }
  return comparison(reader);
}

function inParentheses(reader: Reader): Condition {
  reader.symbol("(");
  const holds = conditionOf(reader);
  reader.symbol(")");
  return holds;
}

/** Operators on two texts; those with `~` and the words compare without regard to case. */
const comparisons: Readonly<Record<string, (left: string, right: string) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "=~": (left, right) => left.toLowerCase() === right.toLowerCase(),
  "!~": (left, right) => left.toLowerCase() !== right.toLowerCase(),
  contains: (left, right) => left.toLowerCase().includes(right.toLowerCase()),
  "!contains": (left, right) => !left.toLowerCase().includes(right.toLowerCase()),
  startswith: (left, right) => left.toLowerCase().startsWith(right.toLowerCase()),
  endswith: (left, right) => left.toLowerCase().endsWith(right.toLowerCase()),
};

function comparison(reader: Reader): Condition {
  const value = operandOf(reader);
  const operator = reader.peek()?.text.toLowerCase() ?? "";
  if (["in", "!in", "!in~"].includes(operator)) {
    reader.takes(operator);
    const ignoresCase = operator === "!in~" || (operator === "in" && reader.takes("~"));
    const fold = (one: string) => (ignoresCase ? one.toLowerCase() : one);
    const list = new Set(stringsOf(reader).map(fold));
    return (row) => list.has(fold(text(value(row)))) === !operator.startsWith("!");
  }
  const compare = comparisons[operator];
  if (!compare) throw new QueryError("UnsupportedBySandbox", `the comparison '${operator}'`);
  reader.takes(operator);
  const other = operandOf(reader);
  return (row) => compare(text(value(row)), text(other(row)));
}

function stringsOf(reader: Reader): string[] {
  reader.symbol("(");
  const all = [reader.string()];
  while (reader.takes(",")) all.push(reader.string());
  reader.symbol(")");
  return all;
}

/** A literal, a column with the members of a dynamic one (`tags['env']`, `properties.a.b`), `tolower` or `tostring` of one. */
export function operandOf(reader: Reader): Value {
  const token = reader.peek();
  if (token?.kind === "string") {
    const literal = reader.string();
    return () => literal;
  }
  if (token?.kind === "number") {
    const literal = reader.number();
    return () => literal;
  }
  const name = reader.name();
  if (reader.takes("(")) {
    const inner = operandOf(reader);
    reader.symbol(")");
    if (name.toLowerCase() === "tolower") return (row) => text(inner(row)).toLowerCase();
    if (name.toLowerCase() === "tostring") return (row) => text(inner(row));
    throw new QueryError("UnsupportedBySandbox", `the function '${name}'`);
  }
  return pathFrom(name, reader);
}

/** Columns that rows have; any other name fails, as a semantic error does there. */
const columns = ["id", "name", "type", "location", "resourceGroup", "subscriptionId", "tags", "properties", "tenantId"];

function pathFrom(column: string, reader: Reader): Value {
  if (!columns.includes(column)) {
    throw new QueryError("ParserFailure", `'${column}' is no column (of this sandbox: ${columns.join(", ")})`);
  }
  const path: string[] = [];
  for (;;) {
    if (reader.takes(".")) path.push(reader.name());
    else if (reader.takes("[")) {
      path.push(reader.string());
      reader.symbol("]");
    } else break;
  }
  return (row) => path.reduce<unknown>(member, row[column]);
}

/** The names of a dynamic column's members are compared with regard to case. */
function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Row)[name] : undefined;
}

/** What is absent compares as an empty text. */
function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
