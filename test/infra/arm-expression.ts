/*
 * Expressions of ARM templates, `[union(variables('a'), createObject('b', 1))]`, as the Bicep compiler writes them. Its
 * snapshot leaves some of them to Azure.
 */

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Expression[] }
  /** `of.name`, or `of[key]` with the key's expression. */
  | { readonly kind: "member"; readonly of: Expression; readonly name: string | Expression };

const token = /\s*('(?:''|[^'])*'|-?\d+|[A-Za-z_]\w*|[()[\],.])/y;

/** Parses `[...]`. Throws a SyntaxError with the text where it is no expression. */
export function parseExpression(text: string): Expression {
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) tokens.push(found[1] ?? "");
  const take = (wanted?: string): string => {
    const next = tokens.shift();
    if (next === undefined || (wanted !== undefined && next !== wanted))
      throw new SyntaxError(`Not an expression of a template, at ${next ?? "its end"}: ${text}`);
    return next;
  };

  function expression(): Expression {
    let read = operand(take());
    while (tokens[0] === "." || tokens[0] === "[") {
      const name = take() === "." ? take() : expression();
      if (typeof name !== "string") take("]");
      read = { kind: "member", of: read, name };
    }
    return read;
  }

  function operand(first: string): Expression {
    if (first.startsWith("'")) return { kind: "literal", value: first.slice(1, -1).replaceAll("''", "'") };
    if (/^-?\d/.test(first)) return { kind: "literal", value: Number(first) };
    take("(");
    const list: Expression[] = [];
    while (tokens[0] !== ")") {
      if (list.length > 0) take(",");
      list.push(expression());
    }
    take(")");
    return { kind: "call", name: first, arguments: list };
  }

  take("[");
  const whole = expression();
  take("]");
  if (tokens.length > 0 || !text.endsWith("]")) throw new SyntaxError(`Not an expression of a template: ${text}`);
  return whole;
}
