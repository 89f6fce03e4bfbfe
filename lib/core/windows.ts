/** Facts about Windows that more than one folder of lib needs, each with its source in brackets. */

/** The services behind Remote Desktop in the order in which they start; they stop in the reverse order. [RS][GT] */
export const rdpServices = ["SessionEnv", "TermService", "UmRdpService"] as const;
export type RdpService = (typeof rdpServices)[number];

/** The default settings of each service. Manual start is healthy. [TS][VHD][RS] */
export const rdpServiceDefaults = {
  SessionEnv: { account: "LocalSystem", startMode: "Manual" },
  TermService: { account: "NT AUTHORITY\\NetworkService", startMode: "Manual" },
  UmRdpService: { account: "LocalSystem", startMode: "Manual" },
} as const satisfies Record<RdpService, { account: string; startMode: "Manual" }>;

/** The states of a service, spelled as in Win32_Service. */
export const serviceStates = [
  "Stopped",
  "Start Pending",
  "Stop Pending",
  "Running",
  "Continue Pending",
  "Pause Pending",
  "Paused",
  "Unknown",
] as const;

/** The services of the Azure agent, which Run Command needs. */
export const agentServices = ["WindowsAzureGuestAgent", "RdAgent"] as const;
export type AgentService = (typeof agentServices)[number];

export const systemSid = "S-1-5-18";
export const networkServiceSid = "S-1-5-20";
export const administratorsSid = "S-1-5-32-544";
export const everyoneSid = "S-1-1-0";

/**
 * The file of the self-signed RDP certificate's key container has this fixed prefix; the MachineGuid follows.
 * [CRT]
 */
export const rdpKeyPrefix = "f686aace6942fb7f7ceb231212eef4a4_";

/**
 * The most keys that are copied into a new MachineKeys folder. The services are stopped meanwhile, and a script has 900 s.
 * Measured under PowerShell 7: 6 ms a key with its permissions (4,003 keys, Wine), so that 20,000 take about two
 * minutes; NTFS with a virus scanner may need several times as long.
 */
export const mostKeysToCopy = 20_000;

/**
 * Key containers in MachineKeys without a certificate that would name their owner: their file, whose name begins with
 * the MD5 of the container's name, and the service that uses them. [IIS7]
 */
export const knownContainers = {
  iisConfigurationKey: { file: "6de9cb26d2b98c01ec4e9e8b34824aa2", service: "IIS" },
  iisWasKey: { file: "76944fb33636aeddb9590521c2e8815a", service: "Windows Process Activation" },
  NetFrameworkConfigurationKey: { file: "d6d986f09a1ee04e24c949879fdb506c", service: ".NET Framework" },
  "Microsoft Internet Information Server": { file: "c2319c42033a5ca7f44e731bfd3fa2b5", service: "IIS admin service" },
  "MS IIS DCOM Server": { file: "7a436fe806e483969f48a894af2fe9a1", service: "IIS admin service" },
  "WMSvc Certificate Key Container": { file: "bedbf0b4da5f8061b6444baedf4c00b1", service: "Web Management Service" },
} as const;

/** Windows Server 2022 and Windows 11: from this build on Schannel has TLS 1.3. [TLSV] */
export const firstBuildWithTls13 = 20348;

export const machineKeysFolder = "C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys";

/** The default access part and owner of the MachineKeys folder. The folder itself has no SYSTEM entry. [VA][MK] */
export const machineKeysDefault = {
  owner: systemSid,
  sddl: "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
} as const;

/** NT SERVICE\SessionEnv: a service SID is the SHA-1 of the service's name. */
export const sessionEnvSid = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";

/** Windows Server 2019: from this build on SessionEnv has its own entry on the RDP key. [CRT] */
const firstBuildWithSessionEnv = 17763;

/**
 * The entries that Windows gives the RDP key file, measured on builds 9600 to 26100. An unknown build gets the entries
 * that all builds share. [CRT]
 */
export function rdpKeyEntries(build: number | null): readonly { readonly sid: string; readonly rights: string }[] {
  const shared = [
    { sid: systemSid, rights: "FA" },
    { sid: networkServiceSid, rights: "FR" },
  ];
  if (build === null) return shared;
  if (build < firstBuildWithSessionEnv) return [...shared, { sid: administratorsSid, rights: "FR" }];
  return [...shared, { sid: sessionEnvSid, rights: "FA" }];
}

/** The Remote Desktop firewall group by its resource id, which is the same in every language. [FR] */
export const rdpFirewallGroup = "@FirewallAPI.dll,-28752";

export const defaultRdpPort = 3389;

/** Whether a number can be a TCP port. */
export function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65535;
}
