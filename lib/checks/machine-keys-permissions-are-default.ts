import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import type { Evidence } from "../core/evidence.ts";
import { folderDeviation, sessionEnvMayMakeKeys } from "../core/key-permissions.ts";
import { certificateOwner, isOutOfDate } from "../core/rdp-certificate.ts";
import { parseDacl } from "../core/sddl.ts";
import { machineKeysDefault } from "../core/windows.ts";
import { keyFault } from "./_key-fault.ts";
import { brief, judgeFrom, readable, type Section } from "./_section.ts";
import { handshakeWorks, unlessWorking } from "./_works.ts";

/**
 * With a hardened folder, Remote Desktop and the renewal of its certificate still work. So it is a fault only together
 * with a key that Windows cannot use or cannot make. [CRT]
 */
export const machineKeysPermissionsAreDefault: Check = {
  id: "machine-keys-permissions-are-default",
  title: "The permissions of the MachineKeys folder are those of Windows",
  run: judgeFrom(["keys"], ({ keys }, { evidence, guest }) => {
    const { folder } = keys;
    if (!folder) return judgeAbsence(evidence);
    const facts = { path: folder.path, owner: folder.owner, permissions: folder.sddl };
    const harm = harmBeside(keys, readable(guest.certificate), evidence);
    if (folder.reparsePoint) {
      const link = `${folder.path} is a link to another place.`;
      return harm ? faulty(`${link} ${harm} Remove the link by hand.`, [], facts) : noted(link, facts);
    }
    if (!parseDacl(folder.sddl)) return unknown(`The permissions of ${folder.path} could not be read.`);
    const deviation = folderDeviation(folder);
    if (deviation) {
      const differs = `The permissions of ${folder.path} are not those of Windows: ${deviation}.`;
      if (!harm) return noted(`${differs} The RDP key in it can be used.`, facts);
      return unlessWorking(faulty(`${differs} ${harm}`, ["repair-key-permissions"], facts), evidence);
    }
    const more = additionalTrustees(folder.sddl);
    const beside = more.length > 0 ? ` ${brief(more.join(", "))} also have entries.` : "";
    return healthy(`Everyone and Administrators have the access to ${folder.path} that they need.${beside}`, facts);
  }),
};

function judgeAbsence(evidence: Evidence): CheckResult {
  const absent = "There is no MachineKeys folder. Windows creates it when its services restart.";
  if (handshakeWorks(evidence) === null) return unknown(`${absent} No handshake shows whether that does harm.`);
  return unlessWorking(faulty(absent, ["restart-rdp-services"]), evidence);
}

/** The harm that the folder's permissions explain, as a sentence; `null` when there is none. */
function harmBeside(
  keys: Section<"keys">,
  certificate: Section<"certificate"> | null,
  { at, guest }: Evidence,
): string | null {
  // The key of a chosen certificate has its own check.
  if (!certificate || !guest || certificateOwner(certificate)) return null;
  const { inUse } = certificate;
  const clocks = { at, collectedAt: guest.collectedAt };
  if (keyFault(certificate, keys, clocks)) return "The RDP key in it cannot be used.";
  const isOver = inUse && isOutOfDate(inUse, at, guest.collectedAt);
  const mayRenew = keys.folder !== null && sessionEnvMayMakeKeys(keys.folder);
  if ((!inUse || isOver) && !mayRenew) return "SessionEnv may not make the key of a new certificate in it.";
  return null;
}

/**
 * The trustees with entries that Windows does not make. More access than the default is a choice, not a fault of Remote
 * Desktop.
 */
function additionalTrustees(sddl: string): string[] {
  const usual = parseDacl(machineKeysDefault.sddl)?.map(({ sid }) => sid) ?? [];
  const found = parseDacl(sddl)?.map(({ sid }) => sid) ?? [];
  return [...new Set(found)].filter((sid) => !usual.includes(sid));
}
