import { expect, test } from "vitest";
import { viewOperation } from "../../lib/fleet/operation-view.ts";
import type { ResultRow } from "../../lib/fleet/results.ts";
import { writeResults } from "../../lib/fleet/results-files.ts";
import { newOperation } from "./operations.ts";

const view = viewOperation(newOperation(2).operation);
const row: ResultRow = {
  vm: "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-1",
  region: "westeurope",
  result: "repaired",
  summary: "All is well.",
  runId: "00000000-0000-4000-8000-000000000001",
  startedDateTime: "2026-11-21T08:00:00.000Z",
  endedDateTime: null,
};

test("CSV has a header, quotes what needs it, and no field that a spreadsheet evaluates", () => {
  const text = writeResults("csv", view, [
    row,
    { ...row, summary: 'He said "no", twice\nat least', region: null },
    { ...row, summary: "=cmd|' /C calc'!A0" },
  ]);
  expect(text.split("\r\n")).toEqual([
    "vm,region,result,summary,runId,startedDateTime,endedDateTime",
    `${row.vm},westeurope,repaired,All is well.,${row.runId},${row.startedDateTime},`,
    `${row.vm},,repaired,"He said ""no"", twice\nat least",${row.runId},${row.startedDateTime},`,
    `${row.vm},westeurope,repaired,'=cmd|' /C calc'!A0,${row.runId},${row.startedDateTime},`,
    "",
  ]);
});

test("JSON holds the operation and each row", () => {
  expect(JSON.parse(writeResults("json", view, [row]))).toEqual({ operation: view, value: [row] });
});

test("the page needs nothing else, and shows texts as texts", () => {
  const page = writeResults("html", { ...view, selection: "<img src=x>" }, [
    { ...row, summary: "<script>alert(1)</script>", region: 'x" onload="y' },
  ]);
  expect(page).not.toMatch(/<script|<img|<link|https?:|url\(|src=[^x]/i);
  expect(page).toContain("&#60;script&#62;alert(1)&#60;/script&#62;");
  expect(page).toContain("&#60;img src=x&#62;");
  expect(page).toContain("default-src 'none'");
  expect(page.match(/<table>/g)).toHaveLength(3);
});
