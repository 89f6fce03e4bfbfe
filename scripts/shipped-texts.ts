import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { buildPage, builtPage } from "./build-page.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What the guest runs. */
export const guestScripts = ["lib/guest/scripts/"];

/** What a service in Azure reads at run time. */
export const serviceFiles = [...guestScripts, builtPage];

/** What the program of a terminal reads: also its own script, the worlds, and the simulated Azure's roles and host. */
export const terminalFiles = [
  ...serviceFiles,
  "sandbox/worlds/",
  "sandbox/guest/pwsh-host.ps1",
  "cli/client-checks.ps1",
  "infra/roles/",
];

/** Puts a module with the texts of these files and folders in the place of lib/files/shipped-files.ts. */
export function shippedTexts(paths: readonly string[]): Plugin {
  return {
    name: "shipped-texts",
    setup(build) {
      const filter = /lib[\\/]files[\\/]shipped-files\.ts$/;
      build.onLoad({ filter }, async () => {
        if (paths.includes(builtPage)) await buildPage();
        return { contents: moduleOf(paths.flatMap(filesOf)), loader: "js" };
      });
    },
  };
}

/** The files of a folder (a path that ends with a slash), or the one file; by their paths in the repository. */
function filesOf(path: string): string[] {
  if (!path.endsWith("/")) return [path];
  const entries = readdirSync(join(root, path), { recursive: true, encoding: "utf8" });
  return entries
    .filter((entry) => /\.(ps1|json)$/.test(entry))
    .map((entry) => path + entry.replaceAll("\\", "/"))
    .sort();
}

function moduleOf(paths: readonly string[]): string {
  const texts = paths.map((path) => [path, textOf(path)]);
  return `const texts = new Map(${JSON.stringify(texts)});
export function readShippedFile(path) {
  const text = texts.get(path);
  if (text === undefined) throw Object.assign(new Error("There is no file " + path), { code: "ENOENT" });
  return text;
}
export function listShippedFiles(folder) {
  const names = [...texts.keys()].filter((path) => path.startsWith(folder + "/")).map((path) => path.slice(folder.length + 1));
  return names.filter((name) => !name.includes("/")).sort();
}`;
}

/** JSON is shipped without its spaces: the worlds are half as long then. */
function textOf(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  return path.endsWith(".json") ? JSON.stringify(JSON.parse(text)) : text;
}
