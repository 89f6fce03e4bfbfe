import type { FileSecurity } from "./guest-evidence.ts";
import { fileAll, fileRead, fileWrite, grants, parseDacl } from "./sddl.ts";
import { administratorsSid, everyoneSid, networkServiceSid, systemSid } from "./windows.ts";

/*
 * When permissions around the RDP key stop Windows from using it. A descriptor that merely differs from the
 * default is no fault: hardened machines have more entries, and each of them may have a reason.
 */

/*
 * Who a trustee is to an access check: itself and the groups that are always in its token.
 */
const authenticatedUsersSid = "S-1-5-11";
const usersSid = "S-1-5-32-545";
const serviceLogonSid = "S-1-5-6";
/** NT SERVICE\TermService: a service SID is the SHA-1 of the service's name. */
const termServiceSid = "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104";
const asAnyService = [everyoneSid, authenticatedUsersSid];
const asAdministrator = [administratorsSid, ...asAnyService];
const asSystem = [systemSid, ...asAdministrator];
const asTermService = [networkServiceSid, termServiceSid, serviceLogonSid, usersSid, ...asAnyService];

/** Who may own the folder without a doubt: Windows makes it as SYSTEM, and an administrator who takes it over is no stranger. */
const owners = [systemSid, administratorsSid];

/**
 * What is wrong with the access to the MachineKeys folder itself, as the end of a sentence; `null` when nothing that
 * matters is. Without an owner only the access part is judged. [MK][VA]
 */
export function machineKeysFolderFault({
  owner,
  sddl,
}: Pick<FileSecurity, "sddl"> & Partial<FileSecurity>): string | null {
  if (denies(sddl)) return "it denies access to somebody";
  if (!grants(sddl, asAnyService, fileRead | fileWrite)) return "Everyone may not read and write in it";
  if (!grants(sddl, asAdministrator, fileAll)) return "Administrators do not have full access to it";
  if (owner !== undefined && !owners.includes(owner)) return `it belongs to ${owner}`;
  return null;
}

/** What is wrong with the access to the RDP key file, as the end of a sentence; `null` when nothing that matters is. [EV][ALI] */
export function rdpKeyFault({ sddl }: Pick<FileSecurity, "sddl">): string | null {
  if (denies(sddl)) return "it denies access to somebody";
  if (!grants(sddl, asSystem, fileAll)) return "SYSTEM does not have full access to it";
  if (!grants(sddl, asTermService, fileRead)) return "NETWORK SERVICE may not read it";
  return null;
}

function denies(sddl: string): boolean {
  return parseDacl(sddl)?.some((ace) => ace.type === "deny" && !ace.inheritOnly) ?? false;
}
