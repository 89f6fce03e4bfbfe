import { writeFileSync } from "node:fs";
import { fail, ok, type Result } from "../lib/core/problem.ts";

/** Writes a file that only its owner may read. An existing file is never replaced. */
export function writeNewFile(path: string, content: string | Uint8Array): Result<void> {
  try {
    writeFileSync(path, content, { flag: "wx", mode: 0o600 });
    return ok(undefined);
  } catch (error) {
    return fail("invalid-input", `${path} could not be written: ${reasonOf(error)}. Name another file with --out.`);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "EEXIST" ? "the file exists already" : error instanceof Error ? error.message : String(error);
}
