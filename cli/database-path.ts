import { homedir } from "node:os";
import { join } from "node:path";
import type { Terminal } from "./terminal.ts";

/**
 * The database of this machine's runs, as the setting RDP_REMEDIATION_DATABASE has it. A list reads this setting alone: to
 * load the schema of all of them takes longer than to list.
 */
export function databasePath({ RDP_REMEDIATION_DATABASE }: Terminal["environment"]): string {
  return RDP_REMEDIATION_DATABASE || join(homedir(), ".rdp-remediation", "runs.sqlite");
}
