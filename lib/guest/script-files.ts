import { readFileSync } from "node:fs";

/**
 * The text of one PowerShell file, by its path below `scripts/`, e.g. `windows/registry.ps1`. The only place that
 * knows where the files lie: a bundle puts another module in the place of this one, with the texts in it.
 */
export function readScriptFile(path: string): string {
  return readFileSync(new URL(`./scripts/${path}`, import.meta.url), "utf8");
}
