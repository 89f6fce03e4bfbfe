import { writeCsv } from "../core/csv.ts";
import type { OperationView } from "./operation-view.ts";
import type { ResultFormat } from "./result-formats.ts";
import type { ResultRow } from "./results.ts";

/*
 * The results of an operation as files for others. Pure: from the operation and its rows alone.
 */

/** The whole file in this format. */
export function writeResults(format: ResultFormat, view: OperationView, rows: readonly ResultRow[]): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ operation: view, value: rows }, null, 2)}\n`;
    case "csv":
      return writeResultsCsv(rows);
    case "html":
      return writePage(view, rows);
  }
}

const columns = [
  ["vm", "VM"],
  ["region", "Region"],
  ["result", "Result"],
  ["summary", "Summary"],
  ["runId", "Run"],
  ["startedDateTime", "Started"],
  ["endedDateTime", "Ended"],
] as const satisfies readonly (readonly [keyof ResultRow, string])[];

/** With a header. */
export function writeResultsCsv(rows: readonly ResultRow[]): string {
  return writeCsv([columns.map(([key]) => key), ...rows.map((row) => columns.map(([key]) => row[key] ?? ""))]);
}

/** One page that needs nothing else: no script, no image, no other address. */
export function writePage(view: OperationView, rows: readonly ResultRow[]): string {
  const { progress, results, waves, outcome } = view;
  const counts = [...Object.entries(results), ["not done", progress.total - progress.done] as const];
  const title = `Operation ${view.id}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
tr.bad td:nth-child(3) { color: #a4001d; font-weight: 600; }
tr.good td:nth-child(3) { color: #0b6a0b; }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #1b1b1b; }
  tr.bad td:nth-child(3) { color: #ff99a4; }
  tr.good td:nth-child(3) { color: #7fd17f; }
}
</style>
</head>
<body>
<main>
<h1>${html(title)}</h1>
<p>${html(`${view.mode} ${view.selection}, asked for by ${view.requestedBy.by} at ${view.createdDateTime}.`)}</p>
<p><strong>${html(outcome?.kind ?? view.state)}</strong>: ${html(outcome?.summary ?? `${progress.done} of ${progress.total} VMs are done.`)}</p>
${table(
  "Results",
  ["Result", "VMs"],
  counts.map(([kind, count]) => ({ cells: [kind, String(count)] })),
)}
${table(
  "Waves",
  ["Wave", "VMs", "Failures", "State"],
  waves.map((wave, at) => ({ cells: [String(at + 1), String(wave.size), String(wave.failures), wave.state] })),
)}
${table(
  "VMs",
  columns.map(([, label]) => label),
  rows.map((row) => ({ cells: columns.map(([key]) => row[key] ?? ""), style: styleOf(row.result) })),
)}
</main>
</body>
</html>
`;
}

function table(
  caption: string,
  heads: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly style?: string }[],
): string {
  const head = heads.map((text) => `<th scope="col">${html(text)}</th>`).join("");
  const body = rows.map(({ cells, style }) => {
    const attribute = style ? ` class="${style}"` : "";
    return `<tr${attribute}>${cells.map((text) => `<td>${html(text)}</td>`).join("")}</tr>`;
  });
  return `<table><caption>${html(caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}

function styleOf(result: string): string {
  if (["healthy", "repaired", "undone"].includes(result)) return "good";
  return ["failed", "unknown", "not-repaired"].includes(result) ? "bad" : "";
}

function html(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
