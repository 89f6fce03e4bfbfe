/** Matches Azure actions, or paths, against a pattern as in a role: case-insensitive, `*` matches any text. */
export function actionPattern(pattern: string): (action: string) => boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"))
    .join(".*");
  const expression = new RegExp(`^${source}$`, "i");
  return (action) => expression.test(action);
}
