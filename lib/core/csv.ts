/** Lines of fields as CSV (RFC 4180); the first line is the header. */
export function writeCsv(lines: readonly (readonly string[])[]): string {
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

/** A spreadsheet evaluates a field that begins like a formula: the apostrophe keeps it a text. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
