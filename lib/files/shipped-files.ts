import { readdirSync, readFileSync } from "node:fs";

/*
 * The files that the program reads while it runs and that are not code: scripts, worlds, role definitions. This is the
 * only place that knows where they lie. In a bundle, scripts/shipped-texts.ts puts a module with their texts in the place
 * of this one, so that a bundle and a single executable need no files beside them.
 */

const root = new URL("../../", import.meta.url);

/** The text of one file, by its path in the repository, e.g. `lib/guest/scripts/windows/registry.ps1`. */
export function readShippedFile(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** The names of the files in one folder of the repository, e.g. `sandbox/worlds`; sorted. */
export function listShippedFiles(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root)).sort();
}
