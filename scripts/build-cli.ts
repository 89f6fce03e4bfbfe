import { rmSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { shippedTexts, terminalFiles } from "./shipped-texts.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What all bundles of the terminal's program share. */
export const terminalBundle: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22",
  // Names are kept: a stack in a report is read without a map.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [shippedTexts(terminalFiles)],
};

/**
 * Bundles the program of the terminal with all that it needs. Every command is in chunks of its own beside the entry
 * `main.mjs`, so that the help loads none of them. Returns the bytes of each file, by its name.
 */
export async function buildCli(folder = "dist/cli"): Promise<ReadonlyMap<string, number>> {
  const outdir = resolve(root, folder);
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    ...terminalBundle,
    entryPoints: ["cli/main.ts"],
    outdir,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    format: "esm",
    // Packages of the older module format ask for Node's own modules by `require`.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module";const require = requireFrom(import.meta.url);',
    },
    metafile: true,
  });
  return new Map(Object.entries(metafile.outputs).map(([path, { bytes }]) => [basename(path), bytes]));
}
