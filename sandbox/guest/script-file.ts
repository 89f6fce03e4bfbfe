import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | null = null;

/** A file with this script, the same one for the same text; it is gone when this process ends. */
export function scriptFile(script: string): string {
  return fileWith(script, ".ps1");
}

/** The same for another text. */
export function fileWith(text: string, ending: string): string {
  if (folder === null) {
    const made = mkdtempSync(join(tmpdir(), "rdp-sandbox-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const file = join(folder, `${createHash("sha256").update(text).digest("hex")}${ending}`);
  if (!existsSync(file)) writeFileSync(file, text);
  return file;
}
