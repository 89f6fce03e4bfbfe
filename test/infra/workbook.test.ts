import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { attributeNames, metricNames } from "../../lib/telemetry/names.ts";
import { analyzeQuery } from "./kusto.ts";

interface Item {
  readonly type: number;
  readonly name: string;
  readonly content: {
    readonly title?: string;
    readonly query?: string;
    readonly timeContextFromParameter?: string;
    readonly gridSettings?: {
      readonly formatters: { readonly columnMatch: string; readonly formatOptions: { readonly linkTarget: string } }[];
    };
  };
}
interface Workbook {
  readonly version: string;
  readonly items: readonly Item[];
  readonly fallbackResourceIds: readonly string[];
}

const workbook: Workbook = JSON.parse(readFileSync("infra/workbook/workbook.json", "utf8"));
const charts = workbook.items.filter(({ type }) => type === 3);
const queries = charts.map(({ name, content }) => ({ name, query: analyzeQuery(content.query ?? "") }));

test("the workbook asks the workspace that takes the place of a mark (test/infra/bicep.test.ts)", () => {
  expect(workbook.version).toBe("Notebook/1.0");
  expect(workbook.fallbackResourceIds).toEqual(["<workspace>"]);
});

test("its parts have names of their own, and all follow the chosen time", () => {
  const names = workbook.items.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(charts.filter(({ content }) => content.timeContextFromParameter !== "TimeRange")).toEqual([]);
});

describe.each(queries)("the query of $name", ({ query }) => {
  test("binds to the tables of the workspace", () => {
    expect(query.problems).toEqual([]);
  });

  test("asks for attributes that are sent", () => {
    expect(query.properties.filter((name) => !Object.values<string>(attributeNames).includes(name))).toEqual([]);
  });

  test("asks for a metric that is sent, or for spans", () => {
    const names = query.comparisons.filter(({ column }) => column === "Name").map(({ value }) => value);
    if (query.tables.includes("AppMetrics")) expect(Object.values<string>(metricNames)).toContain(names[0]);
    // The whole run, named in lib/telemetry/run-watcher.ts.
    else expect(names.filter((name) => name !== "run ")).toEqual([]);
  });
});

test("a column that is a link is a column of its query; runs lead to the page, VMs to the portal and to a new look", () => {
  const links = charts.flatMap(({ content: { query = "", gridSettings } }) =>
    (gridSettings?.formatters ?? []).map(({ columnMatch, formatOptions }) => ({
      to: formatOptions.linkTarget,
      value: new RegExp(`\\b${columnMatch} = (\\w+\\([^"]*"[^"]*")`).exec(query)?.[1],
    })),
  );
  expect(links).toEqual([
    { to: "Resource", value: 'tostring(Properties["rdp.vm"' },
    { to: "Url", value: 'strcat("<service>/app/#/start?vm="' },
    { to: "Url", value: 'strcat("<service>/app/#/runs/"' },
    { to: "Resource", value: 'tostring(Properties["rdp.vm"' },
    { to: "Url", value: 'strcat("<service>/app/#/start?vm="' },
  ]);
});

test("every metric is shown", () => {
  const shown = queries.flatMap(({ query }) => query.comparisons.map(({ value }) => value));
  expect(Object.values(metricNames).filter((name) => !shown.includes(name))).toEqual([]);
});
