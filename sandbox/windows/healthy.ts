import { createHash } from "node:crypto";
import type { z } from "zod";
import { type RegistryData, type RegistryValueId, registryPath } from "../../lib/core/registry-value.ts";
import { machineKeysFolder, rdpKeyPrefix, rdpServiceDefaults, systemSid } from "../../lib/core/windows.ts";
import { machineKeysSecurity, programDataFolder, rdpKeySecurity, windowsFolder } from "./builds.ts";
import { keyOf } from "./certificates.ts";
import { copyOf } from "./copy.ts";
import { type FileState, WindowsState } from "./state.ts";

const build = 20348;
const machineGuid = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
const legacyProvider = "Microsoft Enhanced Cryptographic Provider v1.0";
const serverAuthentication = "1.3.6.1.5.5.7.3.1";

export function thumbprintOf(name: string): string {
  return createHash("sha1").update(name).digest("hex").toUpperCase();
}

const rdpThumbprint = thumbprintOf("the RDP certificate of VM-APP-01");
const agentThumbprint = thumbprintOf("the Azure agent's transport certificate");
const webThumbprint = thumbprintOf("www.example.com");

/** A key file in MachineKeys that belongs to another program. */
export function foreignKey(owner: string, bytes: number): FileState {
  const sddl = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)";
  return {
    folder: false,
    content: keyOf(owner),
    bytes,
    owner: systemSid,
    sddl,
    reparsePoint: false,
    damagedIndex: false,
  };
}

function folder({ owner, sddl }: { owner: string; sddl: string }): FileState {
  return { folder: true, content: "", owner, sddl, reparsePoint: false, damagedIndex: false };
}

const systemFolder = { owner: systemSid, sddl: "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)" };

/** The file name of a key in MachineKeys. */
export function keyFileName(container: string): string {
  return `${createHash("md5").update(container).digest("hex")}_${machineGuid}`;
}

function files(): WindowsState["files"] {
  const key = (name: string) => `${machineKeysFolder}\\${name}`;
  return {
    [windowsFolder.path]: folder(windowsFolder),
    [programDataFolder.path]: folder(programDataFolder),
    "C:\\ProgramData\\Microsoft": folder(systemFolder),
    "C:\\ProgramData\\Microsoft\\Crypto": folder(systemFolder),
    "C:\\ProgramData\\Microsoft\\Crypto\\RSA": folder(systemFolder),
    [machineKeysFolder]: folder(machineKeysSecurity),
    [key(`${rdpKeyPrefix}${machineGuid}`)]: {
      folder: false,
      content: keyOf(rdpThumbprint),
      bytes: 2267,
      ...rdpKeySecurity(build),
      reparsePoint: false,
      damagedIndex: false,
    },
    [key(`6de9cb26d2b98c01ec4e9e8b34824aa2_${machineGuid}`)]: foreignKey("iisConfigurationKey", 1705),
    [key(`76944fb33636aeddb9590521c2e8815a_${machineGuid}`)]: foreignKey("iisWasKey", 1713),
    [key(`d6d986f09a1ee04e24c949879fdb506c_${machineGuid}`)]: foreignKey("NetFrameworkConfigurationKey", 1729),
    [key(keyFileName("agent"))]: foreignKey(agentThumbprint, 2202),
    [key(keyFileName("web"))]: foreignKey(webThumbprint, 3418),
  };
}

function certificates(): z.input<typeof WindowsState>["certificates"] {
  const rsa = { keyAlgorithm: "RSA", keySize: 2048 } as const;
  return {
    "Remote Desktop": {
      [rdpThumbprint]: {
        ...rsa,
        subject: "CN=VM-APP-01",
        selfSigned: true,
        notBefore: "now-60d",
        notAfter: "now+122d",
        keyUsages: [serverAuthentication],
        key: { provider: legacyProvider, container: "TSSecKeySet1", file: `${rdpKeyPrefix}${machineGuid}` },
        usedBy: [],
      },
    },
    My: {
      [agentThumbprint]: {
        ...rsa,
        subject: "DC=Windows Azure CRP Certificate Generator, CN=TenantEncryptionCert",
        selfSigned: false,
        notBefore: "now-90d",
        notAfter: "now+640d",
        keyUsages: [],
        key: { provider: legacyProvider, container: "agent", file: keyFileName("agent") },
        usedBy: ["Azure agent"],
      },
      [webThumbprint]: {
        ...rsa,
        subject: "CN=www.example.com",
        selfSigned: false,
        notBefore: "now-30d",
        notAfter: "now+335d",
        keyUsages: [serverAuthentication],
        key: { provider: legacyProvider, container: "web", file: keyFileName("web") },
        usedBy: ["http.sys 0.0.0.0:443"],
      },
    },
  };
}

function registry(): WindowsState["registry"] {
  const dword = (data: number): RegistryData => ({ type: "dword", data });
  const values: Partial<Record<RegistryValueId, RegistryData>> = {
    "terminal-server/fDenyTSConnections": dword(0),
    "terminal-server/TSUserEnabled": dword(0),
    "terminal-server/TSEnabled": dword(1),
    "terminal-server/TSServerDrainMode": dword(0),
    "rdp-tcp/fLogonDisabled": dword(0),
    "rdp-tcp/MaxInstanceCount": dword(0xffffffff),
    "winlogon/WinStationsDisabled": { type: "string", data: "0" },
    "rdp-tcp/PortNumber": dword(3389),
    "rdp-tcp/fEnableWinStation": dword(1),
    "rdp-tcp/LanAdapter": dword(0),
    "rdp-tcp/SecurityLayer": dword(2),
    "rdp-tcp/UserAuthentication": dword(1),
    "rdp-tcp/MinEncryptionLevel": dword(2),
    "rdp-tcp/WdName": { type: "string", data: "Microsoft RDP 8.0" },
    "termservice/ServiceDll": { type: "expand-string", data: "%SystemRoot%\\System32\\termsrv.dll" },
    "winstations/SelfSignedCertificate": { type: "binary", data: rdpThumbprint },
    "winstations/SelfSignedCertStore": { type: "string", data: "Remote Desktop" },
  };
  return Object.fromEntries(Object.entries(values).map(([id, data]) => [registryPath(id as RegistryValueId), data]));
}

/** The TLS suites of Windows Server 2022 in its own order. */
const suites = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_CBC_SHA256",
  "TLS_RSA_WITH_AES_128_CBC_SHA256",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_NULL_SHA256",
  "TLS_RSA_WITH_NULL_SHA",
];

/**
 * A Windows Server 2022 on Azure with a healthy Remote Desktop. It also has keys for IIS, a web site, .NET and the
 * Azure agent.
 */
export function healthyWindows(): WindowsState {
  return copyOf(healthy);
}

const healthy = parseHealthy();

function parseHealthy(): WindowsState {
  const running = { state: "Running", type: "share" } as const;
  return WindowsState.parse({
    system: {
      build,
      productType: "server",
      domainJoined: false,
      machineGuid,
      computerName: "VM-APP-01",
      bootTime: "now-20d",
      pendingReboot: false,
      freeDiskMb: 64000,
      powershell: "5.1.20348.2849",
    },
    registry: registry(),
    registryKeys: ["HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols"],
    services: {
      SessionEnv: { ...running, ...rdpServiceDefaults.SessionEnv },
      TermService: { ...running, ...rdpServiceDefaults.TermService },
      UmRdpService: { ...running, ...rdpServiceDefaults.UmRdpService },
    },
    certificates: certificates(),
    files: files(),
    firewall: {
      service: "Running",
      profiles: (["Domain", "Private", "Public"] as const).map((name) => ({
        name,
        active: name === "Public",
        enabled: true,
        defaultInbound: "Block",
        blockAll: false,
        managedBy: "local",
      })),
      rules: ["RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-Shadow-In-TCP"].map((name) => ({
        name,
        group: true,
        enabled: true,
        action: "Allow",
        profiles: ["Domain", "Private", "Public"],
        // The shadowing rule applies to a program of its own.
        localPorts: [name.includes("Shadow") ? "Any" : "3389"],
        reachesListener: !name.includes("Shadow"),
        remoteAddresses: ["Any"],
        managedBy: "local",
      })),
    },
    schannel: { suites, readsCipherPolicyAt: "service-start", policyInEffect: null },
    events: [],
    sessions: { active: 0, disconnected: 1 },
    foreignListeners: [],
  } satisfies z.input<typeof WindowsState>);
}
