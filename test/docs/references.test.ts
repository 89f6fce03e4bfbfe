import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/*
 * A comment that sends its reader to a page of the documents names a page that exists.
 */

const files = globSync("{lib,sandbox,cli,functions,infra,scripts}/**/*.{ts,ps1,sh,py,bicep,json,yml}");

test("every page of docs that the code names exists", () => {
  const named = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md\b/g)].map(([page]) => ({ file, page })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ page }) => !existsSync(page))).toEqual([]);
});
