/*
 * The scripts of `az vm repair run` for the disk of a VM that cannot be reached, as far as the published list has them.
 * Scripts that exist in the library and are not in that list cannot be run by their id, and are left out.
 */

/** The published list: when it was read, and in which version. */
export const repairScriptMap = {
  url: "https://github.com/Azure/repair-script-library/blob/377bbb8/map.json",
  readOn: "2026-08-19",
} as const;

export interface RepairScript {
  readonly runId: string;
  readonly does: string;
  /** The case for it, as a clause after "when". */
  readonly when: string;
  /** The parts of Windows that it repairs. */
  readonly repairs: "agent" | "network" | "start" | "settings" | "nothing";
}

export const repairScripts: readonly RepairScript[] = [
  {
    runId: "win-collect-attached-disk-logs",
    does: "collects the event logs of the disk; changes nothing",
    when: "the cause is not known yet",
    repairs: "nothing",
  },
  {
    runId: "win-GA-fix",
    does: "repairs the files and the registry of the VM agent",
    when: "the VM is in order otherwise and only its agent does not report",
    repairs: "agent",
  },
  {
    runId: "win-dhcp-fix",
    does: "repairs the DHCP client service",
    when: "the DHCP client service of Windows is disabled or damaged",
    repairs: "network",
  },
  {
    runId: "win-sac-on",
    does: "turns the serial console of Windows (SAC) on",
    when: "the serial console shows no SAC prompt",
    repairs: "nothing",
  },
  {
    runId: "win-toggle-safe-mode",
    does: "turns Safe Mode off",
    when: "the screenshot shows Safe Mode",
    repairs: "start",
  },
  {
    runId: "win-LKGC",
    does: "starts Windows with the last configuration that is known to be good",
    when: "Windows does not start after a driver or a setting was changed",
    repairs: "start",
  },
  {
    runId: "win-update-registry",
    does: "sets one registry value of the disk",
    when: "one known value is wrong, such as fDenyTSConnections; it is given as parameters of the script",
    repairs: "settings",
  },
];
