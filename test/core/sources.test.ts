import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sources } from "../../lib/core/sources.ts";

/*
 * A belief about Windows or Azure has a source. Comments cite it by letters in brackets, and each of these is in the table.
 */

const root = new URL("../../", import.meta.url);
const files = ["lib", "sandbox"].flatMap((room) =>
  readdirSync(new URL(room, root), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|ps1)$/.test(path))
    .map((path) => `${room}/${path}`),
);

const comment = /^\s*(?:\*|\/\/|\/\*|#)/;
const citation = /\[([A-Z][A-Z0-9]{1,6})\](?![\w(])/g;

test("every source that a comment cites is in the table", () => {
  const cited = files.flatMap((path) =>
    readFileSync(new URL(path, root), "utf8")
      .split("\n")
      .filter((line) => comment.test(line))
      .flatMap((line) => [...line.matchAll(citation)].map(([, id]) => ({ path, id }))),
  );
  expect(cited.length).toBeGreaterThan(50);
  expect(cited.filter(({ id }) => !Object.hasOwn(sources, id ?? ""))).toEqual([]);
});

test.each(Object.entries(sources))("the source %s has a title and an address", (_id, { title, url }) => {
  expect(title.length).toBeGreaterThan(3);
  expect(new URL(url).protocol).toBe("https:");
});
