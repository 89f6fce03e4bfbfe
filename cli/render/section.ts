import type { Layout } from "./layout.ts";
import { displayWidth } from "./wrap.ts";

/** A titled block of lines after an empty line; nothing when there are no lines. */
export function renderSection(title: string, lines: readonly string[], layout: Layout): string[] {
  return lines.length > 0 ? ["", layout.paint("title", title), ...lines] : [];
}

/** A command that can be copied. A long one is broken between its parts, with the shell's continuation character. */
export function renderCommand(parts: readonly string[], { width }: Layout): string[] {
  const whole = `  ${parts.join(" ")}`;
  if (displayWidth(whole) <= width) return [whole];
  const continued = process.platform === "win32" ? " `" : " \\";
  return parts.map((part, i) => (i === 0 ? "  " : "    ") + part + (i < parts.length - 1 ? continued : ""));
}
