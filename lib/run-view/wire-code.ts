/** A code as callers see it: `run-not-found` is `RunNotFound`. */
export function wireCodeOf(code: string): string {
  return code.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
