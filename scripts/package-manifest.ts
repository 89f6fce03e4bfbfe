import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildCli } from "./build-cli.ts";

/*
 * Called by `npm pack` before and after it writes the package:
 *
 *     node scripts/package-manifest.ts installed|repository
 *
 * npm packs package.json as it lies there. In the package the program is one bundle, so its package.json must name no
 * dependencies: npm would install what nothing loads. `installed` builds the bundle and puts that package.json in place;
 * `repository` puts back the one of this repository, which is kept in `dist` in the meantime.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = resolve(root, "package.json");
const kept = resolve(root, "dist/package.json");

/** The fields that somebody who installs the package needs. */
const fields = ["name", "version", "description", "license", "type", "engines", "bin", "files"];

function restore(): void {
  if (!existsSync(kept)) return;
  copyFileSync(kept, manifest);
  rmSync(kept);
}

// Also after a `npm pack` that was interrupted.
restore();
if (process.argv[2] === "installed") {
  await buildCli();
  const all = JSON.parse(readFileSync(manifest, "utf8"));
  mkdirSync(dirname(kept), { recursive: true });
  copyFileSync(manifest, kept);
  const shipped = Object.fromEntries(fields.map((field) => [field, all[field]]));
  writeFileSync(manifest, `${JSON.stringify(shipped, null, 2)}\n`);
}
