import { expect, test } from "vitest";
import { readKql } from "./kql.ts";

/* The reader of Kusto that the tests of alert rules and of the workbook lean on notices what is wrong. */

test("a query that is right", () => {
  const query = readKql(
    'Event // comment with a " in it\n| where Source == "Schannel" and EventID in (1, 2)\n| summarize Times = count() by _ResourceId, bin(TimeGenerated, 1h)',
  );
  expect(query).toMatchObject({ table: "Event", problems: [], columns: ["Times", "_ResourceId", "TimeGenerated"] });
  expect(query.comparisons).toEqual([{ column: "Source", value: "Schannel" }]);
});

test.each([
  ['Event | where Source == "Schannel', ['Nothing in Kusto begins with ".']],
  ["Event | where (EventID == 1", ["( is not closed."]],
  ["Event | where EventID == 1)", [") closes nothing."]],
  ["Events | take 1", ['"Events" is no known table.']],
  ["Event | wher EventID == 1", ['"wher" is no known operator.']],
  ["Event | where EventId == 1", ["There is no column EventId for where."]],
  ["Event | where tolongs(EventID) == 1", ["There is no function tolongs."]],
  ["Event | project EventID | where Source == 'a'", ["There is no column Source for where."]],
  ["Event | summarize count() by Source | where Count > 1", ["There is no column Count for where."]],
  ["Event | where", ["where does nothing."]],
])("%s", (text, problems) => {
  expect(readKql(text).problems).toEqual(expect.arrayContaining(problems));
});
