import { z } from "zod";
import type { RegistryData } from "./registry-value.ts";

/*
 * What decides on a log-on after TLS, as the guest sends it: short codes, and only what differs from a healthy Windows,
 * because a reply has little room. No account is named.
 */

const text = z.string().max(512);
const count = z.number().int().nonnegative();

/** RDP-Tcp\MaxInstanceCount without a limit. [VHD] */
export const unlimitedInstances = 0xffffffff;

/** Whether Winlogon\WinStationsDisabled, a number as text, refuses remote log-ons. */
export function disablesStations(data: RegistryData | null): data is RegistryData & { type: "string" } {
  return data?.type === "string" && /^0*[1-9]/.test(data.data.trim());
}

/** The rights that decide on a log-on, by the codes of the evidence. [URA] */
export const logOnRights = {
  i: "SeInteractiveLogonRight",
  n: "SeNetworkLogonRight",
  r: "SeRemoteInteractiveLogonRight",
  s: "SeServiceLogonRight",
  di: "SeDenyInteractiveLogonRight",
  dn: "SeDenyNetworkLogonRight",
  dr: "SeDenyRemoteInteractiveLogonRight",
  ds: "SeDenyServiceLogonRight",
} as const;
export type LogOnRight = keyof typeof logOnRights;

/** The well-known accounts and groups that count, by the codes of the evidence. */
export const trustees = {
  WD: { sid: "S-1-1-0", name: "Everyone" },
  AU: { sid: "S-1-5-11", name: "Authenticated Users" },
  BA: { sid: "S-1-5-32-544", name: "Administrators" },
  BU: { sid: "S-1-5-32-545", name: "Users" },
  RD: { sid: "S-1-5-32-555", name: "Remote Desktop Users" },
  L: { sid: "S-1-5-113", name: "Local account" },
  LA: { sid: "S-1-5-114", name: "Local account and member of Administrators group" },
  AS: { sid: "S-1-5-80-0", name: "ALL SERVICES" },
} as const;
export type Trustee = keyof typeof trustees;

/** The holders on a member server, as far as they count; nobody has a deny. Measured on Windows Server 2022. [URA] */
export const rightsByDefault: Readonly<Record<string, string>> = { i: "BA BU", n: "WD BA BU", r: "BA RD", s: "AS" };

export const RightsSection = z.strictObject({
  /**
   * The holders of each right that differs from `rightsByDefault`: codes of trustees, and `+2` for two accounts or groups
   * that were made here or in a domain (S-1-5-21-...). Empty: nobody. Other well-known accounts are left out.
   */
  held: z.record(z.string().regex(/^d?[inrs]$/), text),
  /** Members of the group Remote Desktop Users; `null` when they could not be counted. */
  members: count.nullable().default(0),
});
export type RightsSection = z.infer<typeof RightsSection>;

/** Win32_TerminalServiceSetting. All but the first two are sent by a session host alone. [TSS] */
export const LicensingSection = z.strictObject({
  /** TerminalServerMode: 0 remote administration, 1 session host. */
  mode: count,
  /** Windows Enterprise multi-session (edition ServerRdsh), whose sessions need no Remote Desktop licences. [AVD] */
  multiSession: z.boolean().default(false),
  /** LicensingType: 2 per device, 4 per user, 5 not configured. */
  type: count.nullable().default(null),
  /** How many licence servers are named. */
  servers: count.nullable().default(null),
  /** Days that are left of the grace period; `null` when Windows does not tell. */
  days: count.nullable().default(null),
});
export type LicensingSection = z.infer<typeof LicensingSection>;

/** All but the first are sent by a member of a domain alone. */
export const DomainSection = z.strictObject({
  join: z.enum(["workgroup", "domain", "entra", "hybrid"]),
  /** State and start mode of Netlogon, e.g. `Running Auto`; `null` when there is no such service. */
  netlogon: text.nullable().default(null),
  /**
   * The Windows error of the secure channel as Netlogon knows it, 0 when it stands; `null` when Netlogon does not tell,
   * and on a domain controller.
   */
  channel: z.number().int().nullable().default(null),
  /** DNS servers that were set by hand on an adapter with DHCP and differ from those of DHCP. */
  dns: z.array(text).max(4).default([]),
});
export type DomainSection = z.infer<typeof DomainSection>;

/** Counts of the last 24 hours, and the state of local accounts now. */
export const LogOnsSection = z.strictObject({
  /** Failed log-ons (4625) over the network or by Remote Desktop (log-on types 3 and 10), by status. */
  failed: z.record(z.string().regex(/^0x[0-9A-F]{8}$/), count),
  /** How many of these were in the last hour before the look. */
  recent: z.record(z.string().regex(/^0x[0-9A-F]{8}$/), count).default({}),
  /** How many of these came from a public address. */
  public: count.default(0),
  /** Accounts that were locked out (4740). */
  lockOuts: count.default(0),
  /** The log has more than were counted. */
  more: z.boolean().default(false),
  /** Local accounts that are enabled and locked out now. */
  locked: count.default(0),
  /** The built-in administrator (RID 500); `null` when there is none here, as on a domain controller. */
  administrator: z.enum(["enabled", "disabled", "locked"]).nullable().default("enabled"),
});
export type LogOnsSection = z.infer<typeof LogOnsSection>;

/** What starts a user's session. Nothing is sent that is as Windows makes it. */
export const SubsystemSection = z.strictObject({
  /** Winlogon's Userinit and Shell, when they differ. `own`: Windows' own program is among them. */
  winlogon: z
    .array(
      z.strictObject({
        value: z.enum(["Userinit", "Shell"]),
        data: text.nullable(),
        own: z.boolean(),
        /** Programs in it that are not there; one without a path was looked for in Windows' folders, Path and App Paths. */
        missing: z.array(text).max(4),
      }),
    )
    .max(2)
    .default([]),
  /** Server Core, whose shell is not explorer.exe; told when Userinit or Shell differs. */
  core: z.boolean().default(false),
  /** SYSTEM\Setup\SetupType and CmdLine, when the type is not 0. */
  setup: z.strictObject({ type: count, command: text, exists: z.boolean() }).nullable().default(null),
  /** Profiles with a twin `.bak`, temporary ones (State 0x8), and those without their folder. */
  profiles: z.strictObject({ backup: count, temporary: count, missing: count }).nullable().default(null),
  /** RpcSs and RpcEptMapper do not run from the same command. */
  rpcSplit: z.boolean().default(false),
  /** Enforced AppLocker collections. `denies`: a rule denies Windows to a broad group. `allows`: who may run Windows. */
  appLocker: z
    .array(
      z.strictObject({
        collection: z.enum(["Exe", "Dll"]),
        denies: z.boolean(),
        allows: z.enum(["everybody", "administrators", "nobody"]),
      }),
    )
    .max(2)
    .default([]),
  /** A software restriction policy with the level Disallowed. `allows`: a path rule allows Windows. */
  restricted: z.strictObject({ allows: z.boolean() }).nullable().default(null),
  /** Start-up and log-on scripts of the local policy. */
  scripts: count.default(0),
});
export type SubsystemSection = z.infer<typeof SubsystemSection>;

/** The rights that a repair may give or take, each of one well-known account. [URA] */
export const changeableRights = [
  { right: "r", trustee: "BA", held: true },
  { right: "r", trustee: "RD", held: true },
  { right: "i", trustee: "BA", held: true },
  { right: "s", trustee: "AS", held: true },
  ...(["dr", "di", "dn"] as const).flatMap((right) =>
    (["WD", "AU", "BA", "BU", "RD", "L", "LA"] as const).map((trustee) => ({ right, trustee, held: false })),
  ),
  { right: "ds", trustee: "AS", held: false },
] as const satisfies readonly { right: LogOnRight; trustee: Trustee; held: boolean }[];

/** The holders of a right, as the evidence writes them. */
export function heldBy({ held }: RightsSection, right: LogOnRight): string {
  return held[right] ?? rightsByDefault[right] ?? "";
}

/** The trustees that hold a right; others are not among them. */
export function rightHolders(rights: RightsSection, right: LogOnRight): Trustee[] {
  return heldBy(rights, right)
    .split(" ")
    .filter((code): code is Trustee => Object.hasOwn(trustees, code));
}

/** How many accounts and groups that were made here or in a domain hold a right. */
export function ownRightHolders(rights: RightsSection, right: LogOnRight): number {
  return Number(/\+(\d+)/.exec(heldBy(rights, right))?.[1] ?? 0);
}

/** Groups that hold everybody, or everybody who may administer. [URA] */
export const broadTrustees: readonly Trustee[] = ["WD", "AU", "BA", "BU", "RD"];

/** Groups of local accounts: in a workgroup, everybody, and everybody who may administer. */
export const localTrustees: readonly Trustee[] = ["L", "LA"];

/** A right that keeps users or services from logging on, with the changes that set it right. */
export interface RightFault {
  readonly right: LogOnRight;
  /** The trustees that have a deny, or `null` when nobody holds the right. */
  readonly denied: Trustee | null;
  readonly changes: readonly { account: Trustee; to: boolean }[];
}

/** What decides whom a deny shuts out. */
export interface RightsSetting {
  /** In no domain, and not joined to Microsoft Entra: every account is a local one. */
  readonly isWorkgroup: boolean;
  /** Clients must use network level authentication, which logs the user on over the network. */
  readonly requiresNla: boolean;
}

/** What is wrong in the rights of this machine. Accounts that an owner chose may stand for the groups. [URA] */
export function rightFaults(rights: RightsSection, { isWorkgroup, requiresNla }: RightsSetting): RightFault[] {
  const faults: RightFault[] = [];
  const counting: readonly Trustee[] = isWorkgroup ? [...broadTrustees, ...localTrustees] : broadTrustees;
  for (const right of ["dr", "di", ...(requiresNla ? (["dn"] as const) : [])] as const) {
    for (const denied of rightHolders(rights, right).filter((holder) => counting.includes(holder))) {
      faults.push({ right, denied, changes: [{ account: denied, to: false }] });
    }
  }
  const isHeld = (right: "r" | "i", by: readonly Trustee[]) =>
    ownRightHolders(rights, right) > 0 || rightHolders(rights, right).some((holder) => by.includes(holder));
  const give = (account: Trustee) => ({ account, to: true });
  if (!isHeld("r", broadTrustees)) faults.push({ right: "r", denied: null, changes: [give("BA"), give("RD")] });
  if (!isHeld("i", ["WD", "AU", "BA", "BU"])) faults.push({ right: "i", denied: null, changes: [give("BA")] });
  if (!rightHolders(rights, "s").includes("AS")) faults.push({ right: "s", denied: null, changes: [give("AS")] });
  if (rightHolders(rights, "ds").includes("AS")) {
    faults.push({ right: "ds", denied: "AS", changes: [{ account: "AS", to: false }] });
  }
  return faults;
}
