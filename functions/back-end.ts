import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What keeps the back end of Durable Functions from starting or from scaling; none: it is fit. */
export async function checkBackEnd(): Promise<string[]> {
  const { backEndProblems } = await import("../lib/durable/back-end.ts");
  return backEndProblems(readHostFile(), process.env);
}

/** host.json is at the root of the package, some folders above this file or the bundle of which it is a part. */
function readHostFile(): unknown {
  for (let folder = dirname(fileURLToPath(import.meta.url)), up = ""; folder !== up; ) {
    const file = join(folder, "host.json");
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
    [up, folder] = [folder, dirname(folder)];
  }
  return null;
}
