import fc from "fast-check";
import { expect, test } from "vitest";
import { markdownOf } from "../../infra/fixes/job-summary.ts";

test("nothing that Azure or the service says leaves its block", () => {
  const pieces = fc.constantFrom("`", "```", "\n", "# title", "<img src=x>", "##vso[task.complete]", "::error::x", "a");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const page = markdownOf({ title: "T", says: "S.", quoted: `x${parts.join("")}` }).split("\n");
      const [opening = ""] = page.filter((line) => /^`{3,}text$/.test(line));
      const fence = opening.slice(0, -"text".length);
      const from = page.indexOf(opening);
      const to = page.lastIndexOf(fence);
      // Nothing but the fence itself is a row of so many backticks, and nothing of the text stands outside.
      expect(page.slice(from + 1, to).filter((line) => line.trim().startsWith(fence))).toEqual([]);
      expect(page.slice(to + 1).join("")).toBe("");
      expect(page.join("\n")).not.toMatch(/^(?:::|##vso\[)/m);
    }),
  );
});

test("without a text there is no block", () => {
  expect(markdownOf({ title: "Removed", says: "Nothing.", quoted: "" })).toBe("## Removed\n\nNothing.\n\n");
});
