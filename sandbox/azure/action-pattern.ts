/** A test for Azure actions written as roles write them: case does not matter, `*` stands for any part. */
export function actionPattern(pattern: string): (action: string) => boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"))
    .join(".*");
  const expression = new RegExp(`^${source}$`, "i");
  return (action) => expression.test(action);
}
