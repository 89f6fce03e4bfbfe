import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * `npm run test:seeds [-- --rounds N] [--seed N] [FILTER...]` runs the property tests, or the named files, N times (5 unless
 * told), each with a seed of its own. It ends at the first failure, and prints the command that repeats it.
 */
const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, seed: { type: "string" } },
  allowPositionals: true,
});
const rounds = values.seed === undefined ? Number(values.rounds) : 1;
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a number from 1, not ${values.rounds}.`);

const root = fileURLToPath(new URL("../", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const chosen = positionals.length > 0 ? positionals : await filesWithProperties();

for (let round = 1; round <= rounds; round++) {
  const seed = values.seed ?? String(randomInt(2 ** 31));
  console.log(`Round ${round} of ${rounds}: ${chosen.length} files or filters, seed ${seed}.`);
  const tests = spawn(process.execPath, [vitest, "run", "--reporter=dot", ...chosen], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PROPERTY_SEED: seed },
  });
  const [code] = await once(tests, "close");
  if (code === 0) continue;
  console.error(`A property failed. Repeat it: npm run test:seeds -- --seed ${seed} FILE`);
  process.exitCode = 1;
  break;
}

async function filesWithProperties(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob("test/**/*.test.ts", { cwd: root })) {
    if (readFileSync(join(root, file), "utf8").includes('from "fast-check"')) files.push(file);
  }
  return files;
}
