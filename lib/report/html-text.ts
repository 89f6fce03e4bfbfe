import { html } from "../core/html.ts";

/** A list of these lines, which are HTML already; nothing when there are none. */
export function list(lines: readonly string[]): string {
  return lines.length > 0 ? `<ul>${lines.map((line) => `<li>${line}</li>`).join("")}</ul>` : "";
}

/** A titled part of a page; nothing when its content is empty. */
export function part(id: string, title: string, content: string): string {
  return content === "" ? "" : `<section id="${id}"><h2>${html(title)}</h2>${content}</section>`;
}

/** One self-contained page: it loads nothing, and runs no script even if a text were taken for one. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(title)}</title>
<style>${style}</style>
</head>
<body>
${content}
</body>
</html>
`;
}

const style = `
:root { color-scheme: light dark; --good: #1a7f37; --bad: #cf222e; --doubt: #9a6700; --quiet: #6e7781; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --doubt: #d29922; --quiet: #9198a1; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
.answers { border: 1px solid var(--line); border-radius: 6px; padding: 0 1rem .8rem; margin: 1rem 0; }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); } .quiet { color: var(--quiet); }
.word { font-weight: 600; } ul, ol { margin: .3rem 0; padding-left: 1.3rem; } li { overflow-wrap: anywhere; }
code, pre { font: 13px/1.5 ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: .2rem 0; white-space: pre-wrap; user-select: all; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0;
border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } th { white-space: nowrap; }
svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
@media print { body { margin: 0; max-width: none; } section { break-inside: avoid; } }
`;
