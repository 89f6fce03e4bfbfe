import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildFunctions, functionsEntry } from "./build-functions.ts";

/*
 * Puts the package of the Functions app, built anew, into a folder of its own: what is deployed, and nothing else.
 *
 *     node scripts/stage-package.ts <folder>
 */

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("Name the folder that shall hold the package: node scripts/stage-package.ts <folder>");
await buildFunctions();
// Parts of the bundle have names of their own at every build.
rmSync(join(folder, dirname(functionsEntry)), { recursive: true, force: true });
for (const path of ["host.json", "package.json", dirname(functionsEntry)]) {
  cpSync(path, join(folder, path), { recursive: true });
}
console.log(`staged ${folder}`);
