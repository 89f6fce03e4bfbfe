import { buildCli } from "./build-cli.ts";
import { buildFunctions, functionsEntry } from "./build-functions.ts";
import { buildPage, builtPage } from "./build-page.ts";

function report(what: string, sizes: ReadonlyMap<string, number>): void {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  console.log(`built ${what}: ${sizes.size} files, ${Math.round(total / 1024)} KB`);
}

// The others take it in.
report(builtPage, await buildPage());
report(functionsEntry, (await buildFunctions()).sizes);
report("dist/cli/main.mjs", await buildCli());
