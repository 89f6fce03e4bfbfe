#!/usr/bin/env node
/*
 * The start of the program. It is a script that also an old Node.js understands (from 14.18 on), which gets a sentence
 * instead of a syntax error. In the package the program is bundled; in a clone its sources run as they are.
 */

const { existsSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const { engines } = require("../package.json");

const floor = engines.node.replace(">=", "");

function isOlder(version, least) {
  const have = version.split(".").map(Number);
  const need = least.split(".").map(Number);
  const at = need.findIndex((part, index) => have[index] !== part);
  return at >= 0 && have[at] < need[at];
}

/** What Node.js compiled for one call serves the next one. It is kept where nobody else writes, unlike the default. */
function keepCompiled() {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const caches = LOCALAPPDATA || XDG_CACHE_HOME || join(homedir(), ".cache");
  if (!process.env.NODE_COMPILE_CACHE) enableCompileCache(join(caches, "rdp-remediation", "compiled"));
}

async function start() {
  keepCompiled();
  const sources = join(__dirname, "../cli/main.ts");
  const bundle = join(__dirname, "../dist/cli/main.mjs");
  await import(pathToFileURL(existsSync(sources) ? sources : bundle).href);
}

if (isOlder(process.versions.node, floor)) {
  console.error(
    `rdp-remediation needs Node.js ${floor} or newer, and this is ${process.versions.node}. Install it from https://nodejs.org.`,
  );
  process.exitCode = 3;
} else {
  start().catch((error) => {
    console.error(error);
    process.exitCode = 3;
  });
}
