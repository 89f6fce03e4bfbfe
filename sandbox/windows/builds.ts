/*
 * The defaults of the Windows builds. They are the simulator's own data, so that a wrong assumption of the product
 * shows. Sources: Azure/repair-script-library, win-fix-rdp-certificate.ps1 (322760ee), measured on live Azure images of
 * builds 9600, 14393, 17763, 20348 and 26100; others are named where they stand.
 */

/** The access part of the MachineKeys folder, the same on all builds; its owner is SYSTEM. */
export const machineKeysSecurity = { owner: "S-1-5-18", sddl: "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)" } as const;

/**
 * The folders in which this product's folders are or were. TrustedInstaller owns the first one, SYSTEM and Administrators
 * may create in it, and users may read. In ProgramData users may create folders and files (DCLCRPCR). The same for years:
 * `icacls C:\Windows` is printed in many public notes, and Get-Acl of C:\ProgramData in public tests on Windows 11 and
 * Server 2025 (HackTheBox notes on NTFS permissions; idunn, elevate_windows_test.go).
 */
export const windowsFolder = {
  path: "C:\\Windows",
  owner: "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
  sddl: "D:PAI(A;OICIIO;GA;;;CO)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;BA)(A;;0x1301bf;;;BA)(A;OICIIO;GXGR;;;BU)(A;;0x1200a9;;;BU)(A;CIIO;GA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;;0x1200a9;;;AC)(A;OICIIO;GXGR;;;AC)",
} as const;
export const programDataFolder = {
  path: "C:\\ProgramData",
  owner: "S-1-5-18",
  sddl: "D:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)",
} as const;

/** `NT SERVICE\SessionEnv`. */
const sessionEnv = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";

/**
 * The permissions that Windows gives a new RDP key file. From Server 2019 on Administrators have no entry and
 * SessionEnv has one, unless the folder was hardened when the key was created.
 */
export function rdpKeySecurity(build: number, folder: "default" | "hardened" = "default") {
  const shared = "(A;;FA;;;SY)(A;;FR;;;NS)";
  const third = build < 17763 ? "(A;;FR;;;BA)" : folder === "default" ? `(A;;FA;;;${sessionEnv})` : "";
  return { owner: "S-1-5-18", sddl: `D:PAI${shared}${third}` };
}

/**
 * TSpkg.dll of an image with recent updates; only Windows before version 1803 is asked for it. Not measured: numbers of
 * later years, as cumulative updates have them.
 */
export function credSspOf(build: number): string | undefined {
  return { 9600: "6.3.9600.22000", 14393: "10.0.14393.8066" }[build];
}

/**
 * Windows Server 2022 and Windows 11 have TLS 1.3, and it is on by default. (TLS protocol version support,
 * learn.microsoft.com)
 */
export const firstBuildWithTls13 = 20348;

/**
 * The curves of Windows Server 2022 by the names that the policy EccCurves takes. (TLS elliptic curves in Windows 10
 * version 1607 and later, learn.microsoft.com)
 */
export const knownCurves = ["curve25519", "nistp256", "nistp384", "nistp521", "brainpoolp256r1", "brainpoolp384r1"];
