import { z } from "zod";
import { serviceLibraries } from "./supporting-services.ts";

/**
 * The data of one registry value. `dword` is an unsigned 32-bit number; `binary` is upper-case hex without
 * separators; a value that is absent is `null`, which is neither an empty string nor a zero.
 */
export const RegistryData = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("dword"), data: z.number().int().min(0).max(0xffffffff) }),
  z.strictObject({ type: z.literal("string"), data: z.string().max(8192) }),
  // REG_EXPAND_SZ, with its environment variables as they stand in it.
  z.strictObject({ type: z.literal("expand-string"), data: z.string().max(8192) }),
  z.strictObject({ type: z.literal("multi-string"), data: z.array(z.string().max(2048)).max(256) }),
  z.strictObject({
    type: z.literal("binary"),
    data: z
      .string()
      .regex(/^([0-9A-F]{2})*$/)
      .max(4096),
  }),
  // Data of any other type, e.g. REG_QWORD: the name of its .NET type. Never written.
  z.strictObject({ type: z.literal("other"), data: z.string().max(64) }),
]);
export type RegistryData = z.infer<typeof RegistryData>;

/**
 * A value's location, and the only data that a Change may write there. `[]`: never written. Removing the value is a
 * Change of its own.
 */
export interface DeclaredValue {
  readonly key: string;
  readonly name: string;
  readonly mayBecome: readonly RegistryData[];
  readonly mayBeRemoved: boolean;
  /** Data that weaken the VM: written only temporarily, and only with a task in the VM that restores the former data. */
  readonly mayBeWeakenedTo: readonly RegistryData[];
}

const terminalServer = "SYSTEM\\CurrentControlSet\\Control\\Terminal Server";
const winStations = `${terminalServer}\\WinStations`;
const rdpTcp = `${winStations}\\RDP-Tcp`;
const policy = "SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services";
const tls12Server = "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server";
const cipherPolicy = "SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002";
const winlogon = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon";
const lsa = "SYSTEM\\CurrentControlSet\\Control\\Lsa";
const systemPolicies = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
const fips = "SYSTEM\\CurrentControlSet\\Control\\Lsa\\FIPSAlgorithmPolicy";

function read(key: string, name: string): DeclaredValue {
  return { key, name, mayBecome: [], mayBeRemoved: false, mayBeWeakenedTo: [] };
}

function numbers(data: readonly number[]): RegistryData[] {
  return data.map((one) => ({ type: "dword", data: one }));
}

function dword(key: string, name: string, mayBecome: number[], mayBeRemoved = false): DeclaredValue {
  return { ...read(key, name), mayBecome: numbers(mayBecome), mayBeRemoved };
}

function weakenable(key: string, name: string, mayBecome: number[], mayBeWeakenedTo: number[]): DeclaredValue {
  return { ...dword(key, name, mayBecome), mayBeWeakenedTo: numbers(mayBeWeakenedTo) };
}

/**
 * Every registry value that this product reads or may change, under HKEY_LOCAL_MACHINE. One table: the guest's script
 * reads it (generated into `lib/guest/scripts/declared-values.ps1`), evidence uses its ids as keys, Changes name its
 * ids.
 *
 * Policy values are reported and not written, with one exception: in a VM that is in no domain, the policy that turns
 * Remote Desktop off is the VM's own, and may be changed by name. The guest looks at the domain by itself.
 */
export const declaredValues = {
  "terminal-server/fDenyTSConnections": dword(terminalServer, "fDenyTSConnections", [0]),
  // The name is misleading: 0 allows log-on, 1 forbids it.
  "terminal-server/TSUserEnabled": dword(terminalServer, "TSUserEnabled", [0]),
  // 0 turns Remote Desktop Services off, 1 is on. [GE]
  "terminal-server/TSEnabled": dword(terminalServer, "TSEnabled", [1]),
  // Drain mode: 1 refuses new sessions until the next start of Windows, 2 for good. [GE]
  "terminal-server/TSServerDrainMode": dword(terminalServer, "TSServerDrainMode", [0]),
  // 1 refuses every log-on through the listener. [GE]
  "rdp-tcp/fLogonDisabled": dword(rdpTcp, "fLogonDisabled", [0]),
  // How many sessions the listener accepts; 0xFFFFFFFF is no limit. [VHD]
  "rdp-tcp/MaxInstanceCount": dword(rdpTcp, "MaxInstanceCount", [0xffffffff]),
  // A text. "1", as `change logon /disable` writes it, refuses every remote log-on.
  "winlogon/WinStationsDisabled": {
    ...read(winlogon, "WinStationsDisabled"),
    mayBecome: [{ type: "string", data: "0" }],
  },
  // 1: a session host of a collection, whose connection broker says where each session goes. [TSD]
  "cluster-settings/SessionDirectoryActive": read(`${terminalServer}\\ClusterSettings`, "SessionDirectoryActive"),
  "policy/SessionDirectoryActive": read(policy, "SessionDirectoryActive"),
  "rdp-tcp/PortNumber": dword(rdpTcp, "PortNumber", [3389]),
  "rdp-tcp/fEnableWinStation": dword(rdpTcp, "fEnableWinStation", [1]),
  "rdp-tcp/LanAdapter": dword(rdpTcp, "LanAdapter", [0]),
  // Weakened to negotiation (1), never to RDP's own security (0). Negotiation already admits a client that asks for RDP
  // security. 0 would help no more clients, and would take TLS and the server's identity from all others. [WMI][ADMX]
  "rdp-tcp/SecurityLayer": weakenable(rdpTcp, "SecurityLayer", [2], [1]),
  // Network level authentication: 1 is required, 0 is not. [VHD]
  "rdp-tcp/UserAuthentication": weakenable(rdpTcp, "UserAuthentication", [1], [0]),
  "rdp-tcp/MinEncryptionLevel": dword(rdpTcp, "MinEncryptionLevel", [2, 3]),
  "rdp-tcp/SSLCertificateSHA1Hash": { ...read(rdpTcp, "SSLCertificateSHA1Hash"), mayBeRemoved: true },
  "rdp-tcp/WdName": read(rdpTcp, "WdName"),
  "winstations/SelfSignedCertificate": read(winStations, "SelfSignedCertificate"),
  "winstations/SelfSignedCertStore": read(winStations, "SelfSignedCertStore"),
  "policy/fDenyTSConnections": dword(policy, "fDenyTSConnections", [0]),
  "policy/SecurityLayer": read(policy, "SecurityLayer"),
  "policy/MinEncryptionLevel": read(policy, "MinEncryptionLevel"),
  "policy/UserAuthentication": read(policy, "UserAuthentication"),
  "policy/MaxInstanceCount": read(policy, "MaxInstanceCount"),
  // Limits of a session in milliseconds, and the program that it starts in place of the desktop. [STL][PROG]
  "policy/MaxConnectionTime": read(policy, "MaxConnectionTime"),
  "policy/MaxIdleTime": read(policy, "MaxIdleTime"),
  "policy/InitialProgram": read(policy, "InitialProgram"),
  // How accounts may authenticate. Absent by default.
  "lsa/LmCompatibilityLevel": read(lsa, "LmCompatibilityLevel"),
  "lsa/disabledomaincreds": read(lsa, "disabledomaincreds"),
  "lsa/DisableRestrictedAdmin": read(lsa, "DisableRestrictedAdmin"),
  "ntlm/RestrictReceivingNTLMTraffic": read(`${lsa}\\MSV1_0`, "RestrictReceivingNTLMTraffic"),
  // 0 keeps accounts of Microsoft Entra from network level authentication. [PKU]
  "pku2u/AllowOnlineID": read(`${lsa}\\pku2u`, "AllowOnlineID"),
  // 1 refuses every interactive log-on with a password. [SCF]
  "system-policies/scforceoption": read(systemPolicies, "scforceoption"),
  "credssp/AllowEncryptionOracle": read(`${systemPolicies}\\CredSSP\\Parameters`, "AllowEncryptionOracle"),
  "kerberos/SupportedEncryptionTypes": read(`${systemPolicies}\\Kerberos\\Parameters`, "SupportedEncryptionTypes"),
  "tls12-server/Enabled": dword(tls12Server, "Enabled", [1], true),
  "tls12-server/DisabledByDefault": dword(tls12Server, "DisabledByDefault", [0], true),
  // Only this value of the key: EccCurves beside it is the curve policy and stays.
  "cipher-policy/Functions": { ...read(cipherPolicy, "Functions"), mayBeRemoved: true },
  "cipher-policy/EccCurves": read(cipherPolicy, "EccCurves"),
  "fips/Enabled": read(fips, "Enabled"),
  // The library that TermService runs; Windows' own is the only one that a Change may set.
  "termservice/ServiceDll": {
    ...read("SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters", "ServiceDll"),
    mayBecome: [{ type: "expand-string", data: serviceLibraries.TermService }],
  },
} as const satisfies Record<string, DeclaredValue>;

/**
 * The keys that are absent in a healthy Windows, and that a Change may create to write a value. Where any other key is
 * missing, Windows is damaged, and nothing is created. [CON]
 */
export const creatableKeys: readonly string[] = [tls12Server];

export type RegistryValueId = keyof typeof declaredValues;
export const registryValueIds = Object.keys(declaredValues) as RegistryValueId[];
export const RegistryValueId = z.enum(registryValueIds as [RegistryValueId, ...RegistryValueId[]]);

/** The values that may be weakened temporarily. A test compares them with the table. */
export const weakenableValueIds = ["rdp-tcp/UserAuthentication", "rdp-tcp/SecurityLayer"] as const;
export type WeakenableValueId = (typeof weakenableValueIds)[number];

/** The keys without which this Windows has no Remote Desktop. */
export const roleKeys = { terminalServer, rdpTcp } as const;

/** The value's path for people: `HKLM\key\name`. */
export function registryPath(id: RegistryValueId): string {
  const { key, name } = declaredValues[id];
  return `HKLM\\${key}\\${name}`;
}
