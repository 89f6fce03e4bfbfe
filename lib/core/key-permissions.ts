import type { FileSecurity } from "./guest-evidence.ts";
import { type Ace, allowEntry, fileAll, fileRead, fileWrite, grantsAccess, parseDacl, withEntries } from "./sddl.ts";
import {
  administratorsSid,
  everyoneSid,
  machineKeysDefault,
  networkServiceSid,
  rdpKeyEntries,
  sessionEnvSid,
  systemSid,
} from "./windows.ts";

/*
 * Who may use the RDP key, and how to grant that. A descriptor that only differs from the default is no fault: hardened
 * machines have other entries, and each of them may have a reason. [CRT]
 */

/*
 * The SIDs of a trustee in an access check: its own, and the groups that are always in its token.
 */
const authenticatedUsersSid = "S-1-5-11";
const usersSid = "S-1-5-32-545";
const serviceLogonSid = "S-1-5-6";
/** NT SERVICE\TermService: a service SID is the SHA-1 of the service's name. */
const termServiceSid = "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104";
const asAnyService = [everyoneSid, authenticatedUsersSid];
const asAdministrator = [administratorsSid, ...asAnyService];
const asTermService = [networkServiceSid, termServiceSid, serviceLogonSid, usersSid, ...asAnyService];
/** SessionEnv runs as SYSTEM. */
const asSessionEnv = [systemSid, sessionEnvSid, serviceLogonSid, usersSid, ...asAdministrator];

type Security = Pick<FileSecurity, "sddl">;

/** Whether TermService, which runs as NETWORK SERVICE, may read a key file. Without it every handshake fails. [CRT] */
export function termServiceMayRead({ sddl }: Security): boolean {
  return grantsAccess(sddl, asTermService, fileRead);
}

/** Whether SessionEnv may write a key file, as it must to renew the certificate with the same key container. */
export function sessionEnvMayRenew({ sddl }: Security): boolean {
  return grantsAccess(sddl, asSessionEnv, fileRead | fileWrite);
}

/** Whether SessionEnv may create a file in a folder. */
export function sessionEnvMayMakeKeys({ sddl }: Security): boolean {
  return grantsAccess(sddl, asSessionEnv, makeFile);
}

/** FILE_ADD_FILE. */
const makeFile = 0x2;

/** Owners that are no deviation: Windows creates the folder as SYSTEM, and an administrator may take ownership. */
const owners = [systemSid, administratorsSid];

/**
 * How the MachineKeys folder differs from the default, as the end of a sentence; `null` when no difference matters. A
 * difference proves no fault: with a hardened folder Remote Desktop works and renews its certificate. [CRT]
 */
export function folderDeviation({ owner, sddl }: Security & Partial<FileSecurity>): string | null {
  if (!grantsAccess(sddl, asAnyService, fileRead | fileWrite)) return "Everyone may not read and write in it";
  if (!grantsAccess(sddl, asAdministrator, fileAll)) return "Administrators do not have full access to it";
  if (owner !== undefined && !owners.includes(owner)) return `it belongs to ${owner}`;
  if (deniesSomething(sddl)) return "it denies access to somebody";
  return null;
}

/** How the RDP key file differs from what this build of Windows makes, as the end of a sentence. */
export function keyDeviation({ sddl }: Security, build: number | null): string | null {
  const names: Record<string, string> = {
    [systemSid]: "SYSTEM does not have full access to it",
    [sessionEnvSid]: "NT SERVICE\\SessionEnv has no entry, which Windows from build 17763 on gives it",
    [administratorsSid]: "Administrators may not read it",
  };
  if (!parseDacl(sddl)) return null;
  const missing = rdpKeyEntries(build).find(
    ({ sid, rights }) => !grantsAccess(sddl, [sid], allowEntry(rights, sid).mask),
  );
  if (missing && names[missing.sid]) return names[missing.sid] ?? null;
  if (deniesSomething(sddl)) return "it denies access to somebody";
  const [reader] = surplusReaders({ sddl });
  return reader ? `${reader} may read the private key, and so copy it` : null;
}

/** Whom the default of some build lets read the key of Remote Desktop, and Administrators, who may take it anyway. */
const readersByDefault = [systemSid, networkServiceSid, administratorsSid, sessionEnvSid, termServiceSid];
const groupNames: Readonly<Record<string, string>> = {
  [everyoneSid]: "Everyone",
  [authenticatedUsersSid]: "Authenticated Users",
  [usersSid]: "Users",
};

/** Others whom a key file lets read it, by name or SID: Remote Desktop works, and the private key is not private. */
export function surplusReaders({ sddl }: Security): string[] {
  const readers = (parseDacl(sddl) ?? [])
    .filter(({ type, inheritOnly, mask }) => type === "allow" && !inheritOnly && (mask & fileRead) === fileRead)
    .map(({ sid }) => sid)
    .filter((sid) => !readersByDefault.includes(sid));
  return [...new Set(readers)].map((sid) => groupNames[sid] ?? sid);
}

function deniesSomething(sddl: string): boolean {
  return parseDacl(sddl)?.some((ace) => ace.type === "deny" && !ace.inheritOnly) ?? false;
}

/** The files and folders that a Change may grant access to. */
export const keyTargets = ["machine-keys-folder", "rdp-key", "certificate-key"] as const;
export type KeyTarget = (typeof keyTargets)[number];

/** Every entry that a Change may add, as Windows spells it: each is in the default of some build. [CRT] */
export const grantedEntries: Record<KeyTarget, readonly string[]> = {
  "machine-keys-folder": ["(A;;0x12019f;;;WD)", "(A;;FA;;;BA)"],
  "rdp-key": ["(A;;FA;;;SY)", "(A;;FR;;;NS)", "(A;;FR;;;BA)", `(A;;FA;;;${sessionEnvSid})`],
  "certificate-key": ["(A;;FR;;;NS)"],
};

/** The trustees whose deny entries a Change may drop. */
export const deniedHolders = [...new Set([...asTermService, ...asSessionEnv])];

/** Whether the new descriptor only adds such entries to the old one and drops deny entries of such trustees. */
export function onlyGrants(target: KeyTarget, was: string, to: string): boolean {
  const [before, after] = [parseDacl(was), parseDacl(to)];
  if (!before || !after || withEntries(was, []) !== withEntries(to, [])) return false;
  const texts = (entries: readonly Ace[]) => entries.map(({ text }) => text);
  const added = texts(after).filter((text) => !texts(before).includes(text));
  const dropped = before.filter(({ text }) => !texts(after).includes(text));
  return (
    added.every((text) => grantedEntries[target].includes(text)) &&
    dropped.every(({ type, sid }) => type === "deny" && deniedHolders.includes(sid))
  );
}

/**
 * A deny entry blocks a service when it applies to the service or one of its groups, and to a right that the service
 * needs.
 */
type Need = { readonly holders: readonly string[]; readonly mask: number };
const termServiceReads: Need = { holders: asTermService, mask: fileRead };
const sessionEnvRenews: Need = { holders: asSessionEnv, mask: fileRead | fileWrite };

/**
 * The RDP key's descriptor with the entries that this build of Windows gives, and without the deny entries that block
 * them.
 */
export function withKeyAccess(sddl: string, build: number | null): string {
  const entries = rdpKeyEntries(build).map(({ sid, rights }) => allowEntry(rights, sid));
  return withAccess(sddl, entries, [termServiceReads, sessionEnvRenews]);
}

/** Whether SYSTEM and Administrators alone own a folder and have entries on it; `null` when its permissions are not readable. */
export function isPrivate({ owner, sddl }: FileSecurity): boolean | null {
  // No access part grants everything to everybody.
  if (sddl.includes("NO_ACCESS_CONTROL")) return false;
  const entries = parseDacl(sddl);
  if (!entries) return null;
  const own = [systemSid, administratorsSid];
  return own.includes(owner) && entries.every(({ sid }) => own.includes(sid));
}

/** The descriptor of another key file with one more entry: NETWORK SERVICE may read it. */
export function withTermServiceAccess(sddl: string): string {
  return withAccess(sddl, [allowEntry("FR", networkServiceSid)], [termServiceReads]);
}

/** The MachineKeys folder's descriptor with the entries of the default, and without the deny entries that block them. */
export function withFolderAccess(sddl: string): string {
  return withAccess(sddl, parseDacl(machineKeysDefault.sddl) ?? [], [termServiceReads, sessionEnvRenews]);
}

/**
 * Adds the missing entries and drops the deny entries that block them. All other entries and the flags stay: the
 * descriptor is never replaced. [CRT]
 */
function withAccess(sddl: string, wanted: readonly Ace[], needs: readonly Need[]): string {
  const present = parseDacl(sddl);
  if (!present) return sddl;
  const kept = present.filter((ace) => !needs.some((need) => standsInTheWay(ace, need)));
  const missing = wanted.filter(({ sid, mask }) => !grantsAccess(withEntries(sddl, kept), [sid], mask));
  // Windows keeps inherited entries after the file's own.
  const own = kept.filter(({ inherited }) => !inherited);
  return withEntries(sddl, [...own, ...missing, ...kept.filter(({ inherited }) => inherited)]);
}

function standsInTheWay({ type, inheritOnly, sid, mask }: Ace, need: Need): boolean {
  return type === "deny" && !inheritOnly && need.holders.includes(sid) && (mask & need.mask) !== 0;
}
