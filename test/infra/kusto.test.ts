import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { analyzeQuery } from "./kusto.ts";

/* That the language service, as it is set up here, finds what is wrong in a query. */

test("a query that is right", () => {
  const query = analyzeQuery(
    `Event // comment with a " in it
     | where Source == "Schannel" and EventID in (1, 2)
     | summarize Times = count(), Ids = make_set(EventID) by _ResourceId, bin(TimeGenerated, {TimeRange:grain})`,
  );
  expect(query).toEqual({
    problems: [],
    tables: ["Event"],
    properties: [],
    comparisons: [{ column: "Source", value: "Schannel" }],
    columns: { _ResourceId: "string", TimeGenerated: "datetime", Times: "long", Ids: "dynamic" },
  });
});

test("names of properties, however they are read", () => {
  const query = analyzeQuery(`AppMetrics | project A = tostring(Properties["rdp.cause"]), B = Properties.other`);
  expect(query).toMatchObject({ problems: [], properties: ["rdp.cause", "other"] });
});

test.each([
  ['Event | where Source == "Schannel', 'KS001: Missing: "'],
  ["Event | where (EventID == 1", "KS005: Expected: )"],
  ["Event | where EventID == 1)", "KS198: The incomplete fragment is unexpected."],
  ["Events | take 1", "KS204: The name 'Events'"],
  ["Event | wher EventID == 1", "KS176: Query operator expected."],
  ["Event | where EventId == 1", "KS142: The name 'EventId'"],
  ["Event | where tolongs(EventID) == 1", "KS211: The name 'tolongs'"],
  ["Event | project EventID | where Source == 'a'", "KS142: The name 'Source'"],
  ["Event | summarize count() by Source | where Count > 1", "KS142: The name 'Count'"],
  ["Event | where", "KS006: Missing expression"],
  ["Event | where EventID has 'x'", "KS106: The operator 'has' is not defined for the operand types int and string."],
  ["AppMetrics | summarize sum(Name)", "KS138: The argument value must be summable"],
  ["Event | take {Count}", "KS213: Client parameters are not supported"],
])("%s", (text, problem) => {
  expect(analyzeQuery(text).problems).toContainEqual(expect.stringContaining(problem));
});

/** Ways in which a query of this repository could go wrong. */
const mutations: [string, (query: string) => string][] = [
  ["another table", (query) => query.replace(/^(Event|App\w+)$/m, "$1s")],
  ["another column", (query) => query.replace(/\b(EventLog|Name)\b/, "$1x")],
  ["a bracket that is not closed", (query) => query.replace(/\)([^)]*)$/, "$1")],
  ["a pipe without an operator", (query) => `${query}\n|`],
];

describe("each query, and what would break it", () => {
  const { items } = JSON.parse(readFileSync("infra/workbook/workbook.json", "utf8"));
  const ofWorkbook = items.flatMap(({ name, content }: { name: string; content: { query?: string } }) =>
    content.query === undefined ? [] : [[name, content.query]],
  );
  const ofAlerts = globSync("infra/alerts/queries/*.kql").map((path) => [path, readFileSync(path, "utf8")]);

  test.each([...ofAlerts, ...ofWorkbook])("%s", (_, text) => {
    expect(analyzeQuery(text).problems).toEqual([]);
    for (const [what, mutate] of mutations) {
      expect([what, mutate(text) !== text]).toEqual([what, true]);
      expect([what, analyzeQuery(mutate(text)).problems.length > 0]).toEqual([what, true]);
    }
  });
});
