import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { problemCodes } from "../../lib/core/problem.ts";
import { outcomes } from "../../lib/core/run.ts";
import { Environment } from "../../lib/environment.ts";

const page = readFileSync("docs/operating.md", "utf8");

/** The words in code type of the first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

test("every problem code is explained, once, and no other", () => {
  expect(firstColumn("Every code, and its cure").sort()).toEqual([...problemCodes].sort());
});

test("every outcome has what to do about it", () => {
  expect(firstColumn("Outcomes").sort()).toEqual([...outcomes].sort());
});

test("every setting that is named exists", () => {
  const named = [...page.matchAll(/`(RDP_REMEDIATION_\w+|AZURE_\w+)`/g)].map(([, name = ""]) => name);
  expect(named.filter((name) => !(name in Environment.shape))).toEqual([]);
});
