import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generatedFiles } from "../../scripts/generated-files.ts";

for (const { path, text } of await generatedFiles()) {
  test(`${path} is what \`npm run generate\` makes`, () => {
    expect(readFileSync(path, "utf8")).toBe(text);
  });
}
