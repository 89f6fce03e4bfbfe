import { globSync, readFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { expect, test } from "vitest";
import { apart } from "../fixtures/apart.ts";

/* Most test files share the process of their worker. A file that changes what a setup file cannot put back has its own. */

/**
 * Replaces a module for all later files, registers providers of which a process has one for its whole life, or types command
 * lines, which sign in with a managed identity, of which a process has one too.
 */
const leavesTraces = /^\s*(?:vi\.(?:mock|doMock)\(|(?:await )?startMonitor\()|from "\.\/call\.ts"/m;

const files = globSync("test/**/*.test.ts").filter((file) => leavesTraces.test(readFileSync(file, "utf8")));

test("files that change their process for good are found", () => {
  expect(files.length).toBeGreaterThan(0);
});

test.each(files)("%s has a process of its own", (file) => {
  expect(apart.some((pattern) => matchesGlob(file, pattern))).toBe(true);
});

test.each(apart)("%s is there", (pattern) => {
  expect(globSync(pattern)).not.toEqual([]);
});
