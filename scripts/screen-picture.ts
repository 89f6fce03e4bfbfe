import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";

/*
 * Draws the first screen of a command as an SVG, from a real run of the program:
 *
 *     node scripts/screen-picture.ts --columns 80 --out docs/first-screen.svg -- diagnose --sandbox renew-rdp-certificate
 *
 * `npm run screens` makes the picture of the README, and those at 80 and 160 columns in dist/screens.
 */

const character = { width: 8.4, height: 18 };
const margin = 16;

/** The colours of the styles of cli/render/layout.ts, by their codes in ECMA-48 (SGR). */
const colours: Record<string, string> = {
  "1": 'font-weight="bold"',
  "31": 'fill="#ff7b72"',
  "32": 'fill="#7ee787"',
  "33": 'fill="#e3b341"',
  "2": 'fill="#8b949e"',
};

/** A screen as an SVG; the text is text, which can be searched and read aloud. */
export function drawScreen(command: string, output: string, columns: number): string {
  const lines = [`$ ${command}`, ...output.trimEnd().split("\n")].flatMap((line) => foldLine(line, columns));
  const width = Math.ceil(columns * character.width + 2 * margin);
  const height = Math.ceil(lines.length * character.height + 2 * margin);
  const rows = lines.map((line, at) => {
    const y = margin + (at + 0.75) * character.height;
    return `<text x="${margin}" y="${y}" xml:space="preserve">${paint(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The output of ${escapeXml(command)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
${rows.join("\n")}
</g>
</svg>
`;
}

/** A code of ECMA-48 that changes the style (SGR), as `styleText` of Node.js writes it. */
const styleCode = new RegExp(`${String.fromCharCode(0x1b)}\\[(\\d+)m`);

/** As a terminal goes on in its next line where a word does not fit. */
function foldLine(line: string, columns: number): string[] {
  const plain = line
    .split(styleCode)
    .filter((_, at) => at % 2 === 0)
    .join("");
  if (plain.length <= columns) return [line];
  const count = Math.ceil(plain.length / columns);
  return Array.from({ length: count }, (_, i) => plain.slice(i * columns, (i + 1) * columns));
}

function paint(line: string): string {
  const [first = "", ...styled] = line.split(styleCode);
  let painted = escapeXml(first);
  for (let at = 0; at < styled.length; at += 2) {
    const [code = "", text = ""] = styled.slice(at, at + 2);
    const style = colours[code];
    if (text !== "") painted += style ? `<tspan ${style}>${escapeXml(text)}</tspan>` : escapeXml(text);
  }
  return painted;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The output of the program on a terminal of so many columns. */
function outputOf(args: readonly string[], columns: number): string {
  const options = { encoding: "utf8", env: { ...process.env, NO_COLOR: undefined, TZ: "UTC" } } as const;
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    ["scripts/on-terminal.ts", String(columns), ...args],
    options,
  );
  if (error || stdout === "") throw new Error(`${args.join(" ")} printed nothing: ${error ?? stderr}`);
  return stdout;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { columns: { type: "string", default: "80" }, out: { type: "string" } },
    allowPositionals: true,
  });
  const columns = Number(values.columns);
  const path = resolve(values.out ?? `dist/screens/${columns}.svg`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, drawScreen(`rdp-remediation ${positionals.join(" ")}`, outputOf(positionals, columns), columns));
  console.log(`Wrote ${path}.`);
}
