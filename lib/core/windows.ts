/**
 * Facts of Windows that more than one room needs, each with its source in brackets
 * (facts/windows-rdp.md names the documents).
 */

/** The services behind Remote Desktop in the order in which they start; they stop in the reverse order. [RS][GT] */
export const rdpServices = ["SessionEnv", "TermService", "UmRdpService"] as const;
export type RdpService = (typeof rdpServices)[number];

/** What each service looks like when nobody has touched it. Manual is healthy. [TS][VHD][RS] */
export const rdpServiceDefaults = {
  SessionEnv: { account: "LocalSystem", startMode: "Manual" },
  TermService: { account: "NT AUTHORITY\\NetworkService", startMode: "Manual" },
  UmRdpService: { account: "LocalSystem", startMode: "Manual" },
} as const satisfies Record<RdpService, { account: string; startMode: "Manual" }>;

export const systemSid = "S-1-5-18";
export const networkServiceSid = "S-1-5-20";
export const administratorsSid = "S-1-5-32-544";
export const everyoneSid = "S-1-1-0";

/** The key container of the self-signed RDP certificate has this fixed file-name prefix; the MachineGuid follows. [IDX-mimi][CMK] */
export const rdpKeyPrefix = "f686aace6942fb7f7ceb231212eef4a4_";

export const machineKeysFolder = "C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys";

/** The access part and owner of an untouched MachineKeys folder. There is no SYSTEM entry on the folder itself. [VA][MK] */
export const machineKeysDefault = {
  owner: systemSid,
  sddl: "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
} as const;

/** Who reads the RDP key: SYSTEM makes it, NETWORK SERVICE (TermService) uses it. [EV][ALI] */
export const rdpKeyDefault = {
  owner: systemSid,
  sddl: "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)",
} as const;

/** The Remote Desktop firewall group by its resource id, which no translation changes. [FR] */
export const rdpFirewallGroup = "@FirewallAPI.dll,-28752";

export const defaultRdpPort = 3389;
