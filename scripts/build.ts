import { buildCli } from "./build-cli.ts";
import { buildFunctions, functionsEntry } from "./build-functions.ts";

function report(what: string, sizes: ReadonlyMap<string, number>): void {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  console.log(`built ${what}: ${sizes.size} files, ${Math.round(total / 1024)} KB`);
}

report(functionsEntry, (await buildFunctions()).sizes);
report("dist/cli/main.mjs", await buildCli());
