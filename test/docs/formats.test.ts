import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Evidence } from "../../lib/core/evidence.ts";
import { GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { NetworkHop, NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { Run } from "../../lib/core/run.ts";
import { operationStatuses } from "../../lib/run-view/run-view.ts";

const page = readFileSync("docs/formats.md", "utf8");

/** The rows of the tables below a heading: of each column its words in code type. */
function rowsBelow(heading: string): string[][][] {
  const section = page.split(`${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  const rows = section
    .split("\n")
    .filter((line, index, lines) => line.startsWith("| `") && lines[index + 1]?.[1] !== "-");
  return rows.map((row) => {
    const columns = row.split("|").slice(1, -1);
    return columns.map((column) => [...column.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
  });
}

function fieldsBelow(heading: string): string[] {
  return rowsBelow(heading).flatMap(([fields = []]) => fields);
}

const phases = Run.options.map(({ shape }) => shape);

/** The fields that this phase requires and a run that has just been created does not have. */
function requiredBy(phase: (typeof phases)[number]): string[] {
  const fields = Object.entries(phase).filter(([, schema]) => !schema.safeParse(null).success);
  const always = Object.entries(Run.options[0].shape).filter(([, schema]) => !schema.safeParse(null).success);
  return fields.map(([name]) => name).filter((name) => !always.some(([other]) => other === name));
}

test.each([
  ["## Evidence", Evidence.shape],
  ["### Guest evidence", GuestEvidence.shape],
  ["### Network verdicts", NetworkVerdict.shape],
  ["### Fields of a run", Object.fromEntries(phases.flatMap((phase) => Object.entries(phase)))],
])("%s has a row for each field of its schema, and no other", (heading, shape) => {
  expect(fieldsBelow(heading).sort()).toEqual(Object.keys(shape).sort());
});

test("the fields of a hop and the words of `status` are named", () => {
  for (const word of [...Object.keys(NetworkHop.shape), ...operationStatuses]) expect(page).toContain(`\`${word}\``);
});

test("the phases of a run are listed with the data that each one requires", () => {
  const listed = rowsBelow("### Phases of a run").map(([state = [], data = []]) => ({
    state: state[0],
    data: data.sort(),
  }));
  expect(listed).toEqual(phases.map((phase) => ({ state: phase.state.value, data: requiredBy(phase).sort() })));
});
