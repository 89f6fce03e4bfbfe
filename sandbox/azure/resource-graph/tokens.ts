/** A query that this Resource Graph does not accept, or does not understand although the real one might. */
export class QueryError extends Error {
  readonly kind: "ParserFailure" | "UnsupportedBySandbox";
  constructor(kind: QueryError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Token {
  readonly kind: "name" | "string" | "number" | "symbol";
  readonly text: string;
}

const patterns: readonly (readonly [Token["kind"] | "space", RegExp])[] = [
  ["space", /(?:\s|\/\/[^\n]*)+/y],
  ["string", /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y],
  ["number", /\d+/y],
  ["symbol", /==|!=|=~|!~|<=|>=|!in~|!in\b|!contains|!has|[|()[\],.=<>~]/y],
  ["name", /[A-Za-z_][\w]*(?:-(?:away|keep|reorder|rename|expand))?/y],
];

/** The tokens of a query in the Kusto Query Language. @throws QueryError */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length; ) {
    const found = patterns.flatMap(([kind, pattern]) => {
      pattern.lastIndex = at;
      const [text] = pattern.exec(query) ?? [];
      return text === undefined ? [] : [{ kind, text }];
    })[0];
    if (!found) throw new QueryError("ParserFailure", `unexpected '${query[at]}' at position ${at}`);
    at += found.text.length;
    if (found.kind !== "space") tokens.push({ kind: found.kind, text: found.text });
  }
  return tokens;
}

/** The text of a string literal. */
export function textOf({ text }: Token): string {
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}
