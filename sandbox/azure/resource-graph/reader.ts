import { QueryError, type Token, textOf } from "./tokens.ts";

/** Reads tokens one after another; whatever is not what was expected is an error of the query. */
export interface Reader {
  isAtEnd(): boolean;
  peek(): Token | undefined;
  /** Goes back by one token. */
  back(): void;
  name(): string;
  number(): number;
  string(): string;
  symbol(text: string): void;
  keyword(text: string): void;
  /** Takes the symbol or word when it is next. */
  takes(text: string): boolean;
}

export function createReader(tokens: readonly Token[]): Reader {
  let at = 0;

  function expected(what: string): never {
    const found = tokens[at];
    throw new QueryError(
      "ParserFailure",
      `${what} was expected, and ${found ? `'${found.text}'` : "the end"} is there`,
    );
  }

  function take(kind: Token["kind"], what: string): Token {
    const token = tokens[at];
    if (token?.kind !== kind) return expected(what);
    at += 1;
    return token;
  }

  function takes(text: string): boolean {
    const token = tokens[at];
    if (!token || token.kind === "string" || token.text.toLowerCase() !== text) return false;
    at += 1;
    return true;
  }

  return {
    takes,
    isAtEnd: () => at >= tokens.length,
    peek: () => tokens[at],
    back() {
      at -= 1;
    },
    name: () => take("name", "a name").text,
    number: () => Number(take("number", "a number").text),
    string: () => textOf(take("string", "a string")),
    symbol(text) {
      if (!takes(text)) expected(`'${text}'`);
    },
    keyword(text) {
      if (!takes(text)) expected(`'${text}'`);
    },
  };
}
