import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildFunctions, functionsEntry } from "./build-functions.ts";
import { hostJsonFor, readDurableBackend } from "./durable-backend.ts";

/*
 * Puts the package of the Functions app, built anew, into a folder of its own: what is deployed, and nothing else.
 *
 *     node scripts/stage-package.ts <folder> [azure-storage|scheduler]
 *
 * Without the second argument RDP_DURABLE_BACKEND decides, which azd hands over from its environment; else azure-storage.
 */

const [folder, backend = process.env.RDP_DURABLE_BACKEND || "azure-storage"] = process.argv.slice(2);
if (!folder) throw new Error("Name the folder that shall hold the package: node scripts/stage-package.ts <folder>");
const hostJson = hostJsonFor(readDurableBackend(backend), JSON.parse(readFileSync("host.json", "utf8")));
await buildFunctions();
// Parts of the bundle have names of their own at every build.
rmSync(join(folder, dirname(functionsEntry)), { recursive: true, force: true });
for (const path of ["package.json", dirname(functionsEntry)]) cpSync(path, join(folder, path), { recursive: true });
writeFileSync(join(folder, "host.json"), `${JSON.stringify(hostJson, null, 2)}\n`);
// What the bundle was made of, for who has to answer whether an advisory concerns it.
const bill = ["sbom", "--omit=dev", "--sbom-format=cyclonedx", "--package-lock-only"];
writeFileSync(join(folder, "sbom.cdx.json"), execFileSync("npm", bill, { shell: process.platform === "win32" }));
console.log(`staged ${folder}, with Durable Functions on ${backend}`);
