import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const List = z.object({
  commands: z.record(z.string(), z.object({ module: z.string(), parameters: z.array(z.string()) })),
});

/** The commands of Windows PowerShell 5.1 on Windows Server 2016, by lower-case name. */
export type CommandsOf51 = ReadonlyMap<string, { readonly module: string; readonly parameters: readonly string[] }>;

const path =
  process.env.WINDOWS_POWERSHELL_COMMANDS ??
  new URL("../../../../shared/data/windows-powershell-5.1-commands.json", import.meta.url).pathname;

/** `null` where the list is not at hand: it is looked for beside the repository, or where the environment says. */
export const commandsOf51: CommandsOf51 | null = existsSync(path) ? readList(path) : null;

function readList(file: string): CommandsOf51 {
  const { commands } = List.parse(JSON.parse(readFileSync(file, "utf8")));
  return new Map(Object.entries(commands).map(([name, facts]) => [name.toLowerCase(), facts]));
}
