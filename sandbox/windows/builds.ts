/*
 * What the builds of Windows come with. The simulator's own data, so that a wrong belief of the product shows. Sources:
 * Azure/repair-script-library, win-fix-rdp-certificate.ps1 (322760ee), measured on live Azure images of builds 9600,
 * 14393, 17763, 20348 and 26100.
 */

/** The access part of the MachineKeys folder, the same on all builds; it belongs to SYSTEM. */
export const machineKeysSecurity = { owner: "S-1-5-18", sddl: "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)" } as const;

/** `NT SERVICE\SessionEnv`. */
const sessionEnv = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";

/**
 * What Windows gives a new RDP key file. From Server 2019 on the entry of Administrators is gone and SessionEnv has
 * one, unless the folder was hardened when the key was born.
 */
export function rdpKeySecurity(build: number, folder: "default" | "hardened" = "default") {
  const shared = "(A;;FA;;;SY)(A;;FR;;;NS)";
  const third = build < 17763 ? "(A;;FR;;;BA)" : folder === "default" ? `(A;;FA;;;${sessionEnv})` : "";
  return { owner: "S-1-5-18", sddl: `D:PAI${shared}${third}` };
}

/** TLS 1.3 is in Windows Server 2022 and Windows 11, and on. (TLS protocol version support, learn.microsoft.com) */
export const firstBuildWithTls13 = 20348;
