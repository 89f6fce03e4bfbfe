import type { Finding } from "../core/finding.ts";

/** Where the commands of findings are run. */
export const commandShell = "In a PowerShell of an administrator on the VM:";

/** The commands that do what a finding advises, each one line; they are in its evidence. */
export function commandsOf({ evidence }: Finding): string[] {
  const { removeDenyEntries } = evidence;
  return typeof removeDenyEntries === "string" ? [removeDenyEntries] : [];
}
