import { fail, ok, type Result } from "../core/problem.ts";
import { AccessRules } from "./access-rules.ts";

/**
 * Reads access rules from JSON. The problem names every wrong field by its path, and quotes no value.
 */
export function readAccessRules(text: string): Result<AccessRules> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail("invalid-input", "is not JSON");
  }
  const parsed = AccessRules.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the document"}: ${message}`);
  return fail("invalid-input", issues.slice(0, 5).join("; "));
}
