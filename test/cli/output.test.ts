import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatData } from "../../cli/output.ts";

const runs = [
  { id: "a", mode: "repair", vm: { name: "x" }, outcome: null, note: "one\ttwo\nthree" },
  { id: "bcd", mode: "undo", outcome: "undone", more: [1] },
];

async function told(...args: Parameters<typeof formatData>): Promise<string> {
  const formatted = await formatData(...args);
  if (!formatted.ok) throw new Error(formatted.problem.message);
  return formatted.value;
}

test("a table has a row for each object, with its plain values", async () => {
  expect(await told(runs, "table", undefined)).toBe(
    [
      "Id   Mode    Outcome  Note",
      "---  ------  -------  -------------",
      "a    repair           one two three",
      "bcd  undo    undone",
    ].join("\n"),
  );
});

test("a command chooses the columns of its table, and a query chooses others", async () => {
  const columns = [{ run: "a" }, { run: "bcd" }];
  expect(await told(runs, "table", undefined, columns)).toBe("Run\n---\na\nbcd");
  expect(await told(runs, "table", "[].{mode: mode}", columns)).toBe("Mode\n------\nrepair\nundo");
  expect(await told(runs, "tsv", "[].id", columns)).toBe("a\nbcd");
});

test("of nothing there is no table", async () => {
  expect(await told([], "table", undefined)).toBe("");
});

test("tsv has no header, and no tab or line break within a value", async () => {
  expect(await told(runs, "tsv", undefined)).toBe("a\trepair\t\tone two three\nbcd\tundo\tundone");
  expect(await told(runs, "tsv", "[].id")).toBe("a\nbcd");
  expect(await told(runs, "tsv", "[?mode=='undo'].[id, mode]")).toBe("bcd\tundo");
});

test("yaml is the same document", async () => {
  expect(parse(await told(runs, "yaml", undefined))).toEqual(runs);
});

test("a query chooses a part of it, and one that cannot be read is told", async () => {
  expect(JSON.parse(await told(runs, "json", "[0].vm.name"))).toBe("x");
  expect(JSON.parse(await told(runs, "json", "length(@)"))).toBe(2);
  expect(await told(runs, "json", "nothing")).toBe("null");
  expect(await formatData(runs, "json", "[0")).toMatchObject({ ok: false, problem: { code: "invalid-input" } });
});

test("a list in a page is what the rows are of", async () => {
  expect(await told({ value: runs, days: 3 }, "tsv", undefined)).toBe(await told(runs, "tsv", undefined));
});

test("characters that command a terminal are escaped", async () => {
  expect(await told({ a: "\u009b1A\u202e" }, "json", undefined)).toContain("\\u009b1A\\u202e");
  expect(await told({ a: "\u001b[2J" }, "tsv", undefined)).toBe(" [2J");
});
