import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** The files that are loaded with this one: by its imports that are no types, and theirs. */
function loadedWith(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, clause = "", name = ""] of text.matchAll(/^import ([^;]*?) from "([^"]+)"/gm)) {
    const isOfTypes = clause.startsWith("type ") || /^\{(\s*type [^,}]+,?)+\s*\}$/.test(clause);
    if (isOfTypes) continue;
    if (name.startsWith(".") && name.endsWith(".ts")) loadedWith(normalize(join(dirname(file), name)), found);
    else found.add(name);
  }
  return found;
}

test("the help waits for no schema, no database and no SDK", () => {
  const packages = [...loadedWith("cli/cli.ts")].filter((name) => !name.endsWith(".ts") && !name.startsWith("."));
  expect(packages.filter((name) => !/^node:(util|fs|os|path|events|readline\/promises)$/.test(name))).toEqual([]);
});

test("a list of runs waits neither for the settings nor for the schema of a run", () => {
  const loaded = loadedWith("cli/commands/runs.ts");
  for (const file of ["lib/environment.ts", "lib/core/run.ts", "lib/core/evidence.ts"])
    expect(loaded).not.toContain(file);
});
