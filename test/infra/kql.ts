/*
 * A reader of the little Kusto that this repository uses. It holds that texts and brackets close, that every step of a query
 * is an operator, and that every name is a function, a column of the table, or a column that an earlier step made. It
 * knows no types and no arguments: that a query runs is only known once Log Analytics has run it.
 */

/** Columns of the tables, as documented in Azure Monitor's reference; only those that queries may want. */
const tables = new Map<string, string[]>([
  [
    "Event",
    words(
      "Computer EventCategory EventData EventID EventLevel EventLevelName EventLog ParameterXml RenderedDescription Source",
    ),
  ],
  ["AppMetrics", words("Name Sum Min Max ItemCount Properties AppRoleName OperationId")],
  ["AppRequests", words("Name Success ResultCode DurationMs Properties OperationId AppRoleName ItemCount")],
  [
    "AppDependencies",
    words("Name Success ResultCode DurationMs Properties OperationId AppRoleName DependencyType Target ItemCount"),
  ],
]);
const everyTable = words("TimeGenerated _ResourceId _SubscriptionId");

const operators = words("where extend project summarize order sort top take distinct render");
const functions = words(
  "ago avg bin case coalesce count countif dcount iff isempty isnotempty make_set max min percentile round split strcat sum tolong toint todouble tostring",
);
const keywords = words("and or not in has has_any contains startswith by asc desc between true false");

export interface Query {
  readonly table: string;
  /** Values of `Properties["..."]`, and texts that are compared to columns: `Name == "rdp.runs"` gives Name, rdp.runs. */
  readonly properties: readonly string[];
  readonly comparisons: readonly { column: string; value: string }[];
  /** Columns of the result. */
  readonly columns: readonly string[];
  readonly problems: readonly string[];
}

interface Token {
  readonly kind: "name" | "text" | "number" | "parameter" | "sign";
  readonly text: string;
}

function words(text: string): string[] {
  return text.split(" ");
}

const tokenPattern =
  /\s+|\/\/[^\n]*|(?<text>@?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?<parameter>\{\w+(?::\w+)?\})|(?<number>\d+(?:\.\d+)?(?:d|h|m|s|ms)?\b)|(?<name>[A-Za-z_]\w*)|(?<sign>==|!=|<=|>=|=~|!~|\.\.|[-+*/%<>=,.()[\]|;])|(?<bad>.)/gs;

export function readKql(text: string): Query {
  const problems: string[] = [];
  const tokens: Token[] = [];
  for (const { groups = {} } of text.matchAll(tokenPattern)) {
    if (groups.bad !== undefined) problems.push(`Nothing in Kusto begins with ${groups.bad}.`);
    for (const kind of ["name", "text", "number", "parameter", "sign"] as const) {
      const found = groups[kind];
      if (found !== undefined) tokens.push({ kind, text: found });
    }
  }
  problems.push(...unclosed(tokens));
  const [source = [], ...steps] = split(tokens, "|");
  const table = source[0]?.text ?? "";
  const known = tables.get(table);
  if (!known || source.length !== 1)
    problems.push(`"${source.map((token) => token.text).join(" ")}" is no known table.`);
  let columns = [...everyTable, ...(known ?? [])];
  for (const step of steps) {
    problems.push(...problemsOf(step, columns));
    columns = columnsAfter(step, columns);
  }
  return { table, properties: propertiesIn(tokens), comparisons: comparisonsIn(tokens), columns, problems };
}

function unclosed(tokens: readonly Token[]): string[] {
  const open: string[] = [];
  const pairs = new Map([
    [")", "("],
    ["]", "["],
  ]);
  for (const { kind, text } of tokens) {
    if (kind !== "sign") continue;
    if (text === "(" || text === "[") open.push(text);
    if (pairs.has(text) && open.pop() !== pairs.get(text)) return [`${text} closes nothing.`];
  }
  return open.map((text) => `${text} is not closed.`);
}

/** Parts between signs that stand in no brackets. */
function split(tokens: readonly Token[], sign: string): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "sign" && "([".includes(token.text)) depth += 1;
    if (token.kind === "sign" && ")]".includes(token.text)) depth -= 1;
    if (token.kind === "sign" && token.text === sign && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function problemsOf([operator, ...rest]: Token[], columns: readonly string[]): string[] {
  const name = operator?.text ?? "";
  if (!operators.includes(name)) return [`"${name}" is no known operator.`];
  if (rest.length === 0) return [`${name} does nothing.`];
  if (name === "render") return [];
  return rest.flatMap((token, at) => {
    if (token.kind !== "name" || keywords.includes(token.text)) return [];
    const [before, next] = [rest[at - 1]?.text, rest[at + 1]?.text];
    if (next === "(") return functions.includes(token.text) ? [] : [`There is no function ${token.text}.`];
    if (next === "=" || before === ".") return [];
    return columns.includes(token.text) ? [] : [`There is no column ${token.text} for ${name}.`];
  });
}

function columnsAfter([operator, ...rest]: Token[], columns: readonly string[]): string[] {
  const by = rest.findIndex(({ kind, text }) => kind === "name" && text === "by");
  switch (operator?.text) {
    case "extend":
      return [...columns, ...split(rest, ",").map(columnOf)];
    case "project":
    case "distinct":
      return split(rest, ",").map(columnOf);
    case "summarize":
      return (by < 0 ? [rest] : [rest.slice(0, by), rest.slice(by + 1)]).flatMap((part) =>
        split(part, ",").map(columnOf),
      );
    default:
      return [...columns];
  }
}

/** The name of what an expression makes: as it is given, of the column that is binned, or as Kusto makes it up. */
function columnOf([first, second, third]: Token[]): string {
  if (second?.text !== "(") return first?.text ?? "";
  return first?.text === "bin" ? (third?.text ?? "") : `${first?.text}_${third?.kind === "name" ? third.text : ""}`;
}

function propertiesIn(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, at) =>
    token.text === "Properties" ? [tokens[at + 1]?.text === "[" ? unquote(tokens[at + 2]?.text) : ""] : [],
  );
}

function comparisonsIn(tokens: readonly Token[]): { column: string; value: string }[] {
  return tokens.flatMap((token, at) => {
    const value = tokens[at + 2];
    const compared = ["==", "=~", "startswith"].includes(tokens[at + 1]?.text ?? "") && value?.kind === "text";
    return token.kind === "name" && compared ? [{ column: token.text, value: unquote(value?.text) }] : [];
  });
}

function unquote(text = ""): string {
  return text.replace(/^@?["']|["']$/g, "");
}
