import { sourceOf } from "./powershell/run-pwsh.ts";

const source = sourceOf("windows/scheduled-tasks.ps1");

/** A text of scheduled-tasks.ps1 by the name of its variable, put together from its pieces. */
export function taskText(name: string): string {
  const pieces = new RegExp(`^\\$${name} = ('(?:''|[^'])*'(?: \\+\\n\\s+'(?:''|[^'])*')*)`, "m").exec(source)?.[1];
  if (!pieces) throw new Error(`There is no $${name}.`);
  return [...pieces.matchAll(/'((?:''|[^'])*)'/g)].map(([, piece = ""]) => piece.replaceAll("''", "'")).join("");
}

/** What the VM's own task runs when the time of a weakened value has come, as the text of a script. */
export const restoreCommand = `$name='UserAuthentication';$weakened=0;$former=$null;${taskText("RestoreCommand")}`;
