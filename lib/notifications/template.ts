import { compile, type JSONValue, search } from "@jmespath-community/jmespath";

/** JSON whose texts may contain expressions of JMESPath between `{{` and `}}`. */
export type Template = string | number | boolean | null | Template[] | { [name: string]: Template };

/** An expression that is valid, and cannot be evaluated over this event: e.g. a function got `null`. Its message quotes no value. */
export class UnfillableTemplate extends Error {}

const expression = /\{\{(.*?)\}\}/gs;
const alone = /^\{\{((?:(?!\}\}).)*)\}\}$/s;

/**
 * Fills a template from an event. A text that is one expression becomes its value, of whatever type; in a longer text a value
 * becomes text, and `null` becomes nothing. Values are never read as templates themselves. @throws UnfillableTemplate
 */
export function fillTemplate(template: Template, data: JSONValue): JSONValue {
  if (typeof template === "string") return fillText(template, data);
  if (Array.isArray(template)) return template.map((one) => fillTemplate(one, data));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, one]) => [name, fillTemplate(one, data)]));
}

function fillText(text: string, data: JSONValue): JSONValue {
  const [, only] = alone.exec(text) ?? [];
  if (only !== undefined) return evaluate(only, data);
  return text.replace(expression, (_, path: string) => {
    const value = evaluate(path, data);
    return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  });
}

function evaluate(path: string, data: JSONValue): JSONValue {
  try {
    return search(data, path.trim()) ?? null;
  } catch {
    throw new UnfillableTemplate(
      `{{${path.trim().slice(0, 200)}}} in its body cannot be evaluated over this event: a function got null or another type.`,
    );
  }
}

/** The first expression that is not valid; `null` when all are. */
export function templateProblem(
  template: unknown,
  path: readonly (string | number)[] = [],
): { path: readonly (string | number)[]; message: string } | null {
  if (typeof template === "string") {
    const problem = [...template.matchAll(expression)].map(([, one = ""]) => expressionProblem(one)).find(Boolean);
    return problem ? { path, message: problem } : null;
  }
  if (typeof template !== "object" || template === null) return null;
  const entries: [string | number, unknown][] = Array.isArray(template)
    ? [...template.entries()]
    : Object.entries(template);
  for (const [name, value] of entries) {
    const problem = templateProblem(value, [...path, name]);
    if (problem) return problem;
  }
  return null;
}

function expressionProblem(text: string): string | null {
  try {
    compile(text.trim());
    return null;
  } catch {
    return `"${text.slice(0, 80)}" is not a JMESPath expression`;
  }
}
