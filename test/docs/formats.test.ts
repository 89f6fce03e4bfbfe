import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Evidence } from "../../lib/core/evidence.ts";
import { GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { NetworkHop, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { operationStatuses } from "../../lib/http/responses.ts";

const page = readFileSync("docs/formats.md", "utf8");

/** The words in code type of the first column of the tables below a heading. */
function fieldsBelow(heading: string): string[] {
  const section = page.split(`${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

test.each([
  ["## Evidence", Evidence.shape],
  ["### Guest evidence", GuestEvidence.shape],
  ["### Network verdicts", NetworkVerdict.shape],
])("%s has a row for each field of its schema, and no other", (heading, shape) => {
  expect(fieldsBelow(heading).sort()).toEqual(Object.keys(shape).sort());
});

test("the fields of a hop and the words of `status` are named", () => {
  for (const word of [...Object.keys(NetworkHop.shape), ...operationStatuses]) expect(page).toContain(`\`${word}\``);
});
