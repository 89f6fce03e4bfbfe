import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("decisions are numbered in a row, each number once, and their headings say the same number", () => {
  const files = readdirSync("docs/decisions").sort();
  const numbers = files.map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]));
  expect(numbers).toEqual(files.map((_, at) => at + 1));
  for (const file of files) {
    expect(readFileSync(`docs/decisions/${file}`, "utf8").split("\n")[0], file).toMatch(
      new RegExp(`^# ${Number(file.slice(0, 4))}\\. \\S`),
    );
  }
});
