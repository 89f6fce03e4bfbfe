import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { longest } from "../fixtures/longest-first.ts";

test("the files that begin first are there", () => {
  expect(longest.filter((path) => !existsSync(path))).toEqual([]);
});
