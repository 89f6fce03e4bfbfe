import { stripVTControlCharacters } from "node:util";

/*
 * Text of people, guests and Azure, made safe where it enters the service and again where it is printed: a terminal, a
 * log or the output of a pipeline's step must not obey it.
 */

/**
 * One line, at most `maximum` UTF-16 units: no terminal escapes, no control, direction-changing or broken characters, and
 * no workflow commands. Applying it twice is the same as applying it once.
 */
export function plainText(text: string, maximum = Number.POSITIVE_INFINITY): string {
  const line = plainLine(cut(text.trim(), maximum).replace(/\s+/g, " ")).replace(/ {2,}/g, " ").trim();
  return cut(withoutCommands(line), maximum).trimEnd();
}

/** The same for each line of a longer text, whose indentation and columns stay. */
export function plainLines(text: string): string {
  return text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) => withoutCommands(plainLine(line)))
    .join("\n");
}

function plainLine(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replace(/\p{Cf}/gu, "")
    .replace(/\s/g, " ")
    .replace(/\p{C}/gu, "");
}

/**
 * Azure Pipelines obeys `##vso[` and `##[` wherever they stand in a line (azure-pipelines-agent, Command.cs), GitHub
 * Actions `::name` at its start (actions/runner, ActionCommand.cs) and, for its older form, `##[` anywhere.
 */
function withoutCommands(line: string): string {
  return line.replace(/#{2,}(?=(?:vso)?\[)/gi, "#").replace(/^( *)::/, "$1> ::");
}

/** A cut must not leave half of a surrogate pair. */
function cut(text: string, maximum: number): string {
  return text.length > maximum ? text.slice(0, maximum).replace(/[\ud800-\udbff]$/, "") : text;
}
