import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build } from "esbuild";
import { terminalBundle } from "./build-cli.ts";

/*
 * One executable that needs no Node.js: the program as a single-executable application of Node.js
 * (https://nodejs.org/api/single-executable-applications.html), for the platform and with the Node.js that run this script.
 *
 *     node scripts/build-executable.ts [FILE]
 */

const target = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const suffix = process.platform === "win32" ? ".exe" : "";
const file = resolve(process.argv[2] ?? `dist/executable/rdp-remediation-${target}${suffix}`);
const folder = resolve("dist/executable");
const bundle = resolve(folder, "main.cjs");
const config = resolve(folder, "sea-config.json");
const blob = resolve(folder, "sea.blob");

mkdirSync(folder, { recursive: true });
mkdirSync(dirname(file), { recursive: true });
await build({
  ...terminalBundle,
  entryPoints: ["cli/main.ts"],
  outfile: bundle,
  // The main script of such an executable is of the older module format, and one file.
  format: "cjs",
  define: { "import.meta.url": "importMetaUrl", "import.meta.main": "false" },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(process.execPath).href;' },
});
writeFileSync(config, JSON.stringify({ main: bundle, output: blob, disableExperimentalSEAWarning: true }));
execFileSync(process.execPath, ["--experimental-sea-config", config], { stdio: "inherit" });
rmSync(file, { force: true });
copyFileSync(process.execPath, file);
chmodSync(file, 0o755);
// A signature of the copied program would no longer be true; on macOS it must be removed before, and made anew after.
if (process.platform === "darwin") execFileSync("codesign", ["--remove-signature", file], { stdio: "inherit" });
const fuse = ["--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"];
const segment = process.platform === "darwin" ? ["--macho-segment-name", "NODE_SEA"] : [];
// It warns of sections of the copied program that it leaves alone.
execFileSync(
  process.execPath,
  ["node_modules/postject/dist/cli.js", file, "NODE_SEA_BLOB", blob, ...fuse, ...segment],
  {
    stdio: ["ignore", "ignore", "pipe"],
  },
);
if (process.platform === "darwin") execFileSync("codesign", ["--sign", "-", file], { stdio: "inherit" });
for (const one of [bundle, config, blob]) rmSync(one);
console.log(`built ${file}: ${Math.round(statSync(file).size / 1024 / 1024)} MB`);
