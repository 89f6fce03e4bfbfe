import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/*
 * A page or a comment that sends its reader to a file of this repository names a file that exists.
 */

const rooms = "bin,cli,docs,functions,infra,lib,sandbox,scripts,test";
const path = new RegExp(
  `(?<![\\w/.<*-])(?:\\.github|${rooms.replaceAll(",", "|")})/[\\w./-]+\\.(?:ts|cjs|ps1|sh|py|bicep|json|ya?ml|kql|md|txt)\\b`,
  "g",
);

/** A campaign writes it where it runs (`npm run faults`). */
const writtenByCommand = ["docs/faults.md"];

const named = (text: string, file: string) => [...text.matchAll(path)].map(([name]) => ({ file, name }));
const missing = (names: readonly { file: string; name: string }[]) =>
  names.filter(({ name }) => !existsSync(name) && !writtenByCommand.includes(name));

test("every file that a page names exists", () => {
  const pages = globSync(["*.md", "{docs,infra,.github}/**/*.md"]);
  const names = pages.flatMap((page) => named(readFileSync(page, "utf8"), page));
  expect(names.length).toBeGreaterThan(150);
  expect(missing(names)).toEqual([]);
});

test("every file that a comment names exists", () => {
  const files = globSync([`{${rooms}}/**/*.{ts,ps1,sh,py,bicep,yml,kql}`, ".github/**/*.yml"]);
  const names = files.flatMap((file) => named(commentsOf(readFileSync(file, "utf8")), file));
  expect(names.length).toBeGreaterThan(40);
  expect(missing(names)).toEqual([]);
});

/** What follows `//`, `#` or the `*` of a block on each line. */
function commentsOf(code: string): string {
  return code
    .split("\n")
    .map((line) => /(?:^|\s)(?:\/\/|\/?\*|#)(.*)/.exec(line)?.[1] ?? "")
    .join("\n");
}

test("the examples of a new check and of its test are a check and its test", () => {
  const page = readFileSync("docs/adding-a-check.md", "utf8");
  const files = [...page.matchAll(/`((?:lib|test)\/checks\/[a-z][\w.-]+\.ts)`/g)].map(([, file = ""]) => file);
  const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  expect(files).toHaveLength(2);
  expect(examples).toEqual(files.map((file) => readFileSync(file, "utf8")));
});
