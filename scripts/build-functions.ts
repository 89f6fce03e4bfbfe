import { rmSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { httpTriggers } from "../functions/http-triggers.ts";
import { serviceFiles, shippedTexts } from "./shipped-texts.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface FunctionsBundle {
  /** Bytes of each file, by its name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Every source of which something is in it, by its path in the repository. */
  readonly sources: readonly string[];
}

/**
 * The major version of Node.js that runs the app in Azure: the newest that Flex Consumption offers (`FC1` in the stacks of
 * azure-functions-core-tools; 24 is there without it). The package is built for it, and the tests in a host run on it.
 */
export const deployedNode = "22";

/** The app's entry, which `main` in package.json must name. */
export const functionsEntry = "dist/functions/main.mjs";

/**
 * Bundles the Functions app with all that it needs into a folder of its own. What is imported dynamically is in chunks
 * beside the entry: the host waits for the entry alone before it serves.
 */
export async function buildFunctions(folder = dirname(functionsEntry)): Promise<FunctionsBundle> {
  const outdir = resolve(root, folder);
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["functions/main.ts"],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: `node${deployedNode}`,
    // The host offers its core module to `require` alone, and so do some dependencies ask for Node's own.
    external: ["@azure/functions-core"],
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module";const require = requireFrom(import.meta.url);',
    },
    // Names are kept: a stack in a log is read without a map.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    plugins: [shippedTexts(serviceFiles), knownTriggers, noDatabase],
  });
  const outputs = Object.entries(metafile.outputs);
  const used = outputs.flatMap(([, { inputs }]) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  return {
    sizes: new Map(outputs.map(([path, { bytes }]) => [basename(path), bytes])),
    sources: [...new Set(used.map(([path]) => path))].sort(),
  };
}

/** The names and paths of the routes as data: building the schemas of all routes would double the time of a cold start. */
const knownTriggers: Plugin = {
  name: "known-triggers",
  setup(build) {
    const contents = `export const httpTriggers = ${JSON.stringify(httpTriggers)};`;
    build.onLoad({ filter: /functions[\\/]http-triggers\.ts$/ }, () => ({ contents, loader: "js" }));
  },
};

/** Nothing of the local engine is reached; its database must not be loaded for the mention of its name. */
const noDatabase: Plugin = {
  name: "no-database",
  setup(build) {
    build.onResolve({ filter: /^node:sqlite$/ }, () => ({ path: "node:sqlite", external: true, sideEffects: false }));
  },
};
