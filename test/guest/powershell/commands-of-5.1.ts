import { readFileSync } from "node:fs";
import { z } from "zod";

/** Commands of Windows PowerShell 5.1 on Windows Server 2016, by lower-case name. */
export type CommandsOf51 = ReadonlyMap<string, { readonly module: string; readonly parameters: readonly string[] }>;

/*
 * Those that the scripts of this repository call, with all their parameters. The whole list is PSScriptAnalyzer's; what
 * writes this excerpt from it is test/guest/powershell/commands-of-5.1.test.ts.
 */
export const excerptPath = new URL("commands-of-5.1.txt", import.meta.url).pathname;

/** A line for each command: `Get-Item | Microsoft.PowerShell.Management | Credential Exclude Filter`. */
export const commandsOf51: CommandsOf51 = new Map(
  readFileSync(excerptPath, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [name, module, parameters, ...rest] = line.split(" | ");
      if (!name || !module || parameters === undefined || rest.length > 0)
        throw new Error(`${excerptPath} has a line that is not "name | module | parameters": ${line}`);
      return [name.toLowerCase(), { module, parameters: parameters.split(" ").filter(Boolean) }];
    }),
);

const WholeList = z.object({
  source: z.string(),
  commands: z.record(z.string(), z.object({ module: z.string(), parameters: z.array(z.string()) })),
});

/** The text of the excerpt: of the whole list, as JSON, the commands with these names (in lower case). */
export function excerptOf(wholeList: string, names: ReadonlySet<string>): string {
  const { source, commands } = WholeList.parse(JSON.parse(wholeList));
  const lines = Object.entries(commands)
    .filter(([name]) => names.has(name.toLowerCase()))
    .map(([name, { module, parameters }]) => `${name} | ${module} | ${parameters.toSorted().join(" ")}`.trimEnd());
  return [`# Excerpt of: ${source}`, "# name | module | parameters", ...lines.sort(), ""].join("\n");
}
