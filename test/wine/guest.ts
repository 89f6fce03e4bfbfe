import { composeScript } from "../../lib/guest/compose.ts";
import { emptyRequest } from "../guest/requests.ts";
import { type Machine, runScript } from "./machine.ts";

/** All functions of the script that changes things, without its last line, which begins the work. */
function guestFunctions(): string {
  const lines = composeScript("apply", emptyRequest).trimEnd().split("\n");
  const last = lines.pop();
  if (!last?.startsWith("Format-Reply ")) throw new Error("The last line of the script does not begin the work.");
  return lines.join("\n");
}

export interface Asked {
  /** Read by the body as `$In`. */
  readonly input?: unknown;
  readonly standIns?: boolean;
}

/**
 * Runs lines of PowerShell with all functions of the guest at hand. Each thing that `Out $thing` is given comes back, as
 * PowerShell's own JSON tells it.
 */
export async function askGuest(machine: Machine, body: string, asked: Asked = {}): Promise<unknown[]> {
  const given = Buffer.from(JSON.stringify(asked.input ?? null)).toString("base64");
  const text = [
    guestFunctions(),
    "function Out($Thing) { ConvertTo-Json -InputObject $Thing -Depth 9 -Compress }",
    `$In = ConvertFrom-Json ([System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String('${given}'))) -AsHashtable -NoEnumerate`,
    body,
  ].join("\n");
  const printed = await runScript(machine, text, { standIns: asked.standIns ?? false });
  return printed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
