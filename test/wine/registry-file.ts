import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Machine, runProgram, windowsPath } from "./machine.ts";

export const heading = "Windows Registry Editor Version 5.00";

/** Imports lines as regedit exports them. */
export async function importRegistry(machine: Machine, ...lines: string[]): Promise<void> {
  const file = join(machine.folder, "import.reg");
  await writeFile(file, `\ufeff${[heading, "", ...lines, ""].join("\r\n")}`, "utf16le");
  await runProgram(machine, "reg", "import", windowsPath(file));
}
