import { isDeepStrictEqual } from "node:util";
import type { FileSecurity, ServiceFacts } from "../../lib/core/guest-evidence.ts";
import type { RegistryData } from "../../lib/core/registry-value.ts";
import { machineKeysDefault, type RdpService } from "../../lib/core/windows.ts";
import type { RestoredValue, RestoreTask, WindowsSeam } from "../windows/seam.ts";
import { otherKeys, rdpPort } from "./collect.ts";

/**
 * What SessionEnv replaces by itself when it starts and finds a reason to: the self-signed certificates, the
 * pointer to the one in use, and the RDP key, of which a copy is kept.
 */
export interface RdpCertificateBackup {
  pointer: RegistryData | null;
  /** Blobs by thumbprint. */
  certificates: Record<string, string>;
  /** `fingerprint` is `null` where the key could not be read; SessionEnv could not replace such a one either. */
  key: { path: string; existed: boolean; fingerprint: string | null; copy: string };
}

type ServiceSetting = Pick<ServiceFacts, "startMode" | "account" | "type">;
type Profile = "Domain" | "Private" | "Public";

/**
 * The smallest steps: every change is made of them, a journal holds them as data, and each has an inverse operation that is
 * again made of them. So rollback, undo and the undo of an undo are the same few lines.
 */
export type Operation =
  | { does: "registry"; key: string; name: string; from: RegistryData | null; to: RegistryData | null }
  | { does: "security"; path: string; from: FileSecurity; to: FileSecurity }
  | { does: "service"; service: RdpService; from: ServiceSetting; to: ServiceSetting }
  | { does: "firewall-rule"; rule: string; from: boolean; to: boolean }
  | { does: "firewall-profile"; profile: Profile; from: boolean; to: boolean }
  /** By its blob; `null` is no such certificate in "Remote Desktop". */
  | { does: "certificate"; thumbprint: string; from: string | null; to: string | null }
  /** A task of Windows that restores a weakened value; `null` is none. */
  | { does: "restore-task"; value: RestoredValue; from: RestoreTask | null; to: RestoreTask | null }
  | { does: "move"; from: string; to: string }
  /** An empty folder with the default descriptor, in the journal: nobody uses it yet. */
  | { does: "make-folder"; path: string }
  /**
   * What stands at `path` goes aside, and `incoming` takes its place with all the keys of others. `aside` is `null`
   * where nothing stands at `path`, as after a kill between the two renames.
   */
  | { does: "replace-folder"; path: string; aside: string | null; incoming: string }
  /** Notes what SessionEnv may replace when it starts. */
  | { does: "back-up-rdp-certificate"; backup: RdpCertificateBackup };

export type ValueOperation = Extract<Operation, { from: unknown }> & { does: Exclude<Operation["does"], "move"> };

export const rdpStore = "Remote Desktop";

export function exists(seam: WindowsSeam, path: string): boolean {
  return seam["Get-FileFacts"]({ Path: path }) !== null;
}

/**
 * Moves a key to its place in MachineKeys; what stands there goes aside first. The folder may have permissions
 * that let nobody add a file: it gets the default ones for that moment.
 */
export function putInPlace(seam: WindowsSeam, from: string, to: string, aside: () => string): Operation[] {
  const moves: Operation[] = [{ does: "move", from, to }];
  if (exists(seam, to)) moves.unshift({ does: "move", from: to, to: aside() });
  const path = seam["Get-MachineKeysPath"]();
  const closed = securityOf(seam, path);
  const open = { ...machineKeysDefault };
  if (!closed || isDeepStrictEqual(closed, open)) return moves;
  return [
    { does: "security", path, from: closed, to: open },
    ...moves,
    { does: "security", path, from: open, to: closed },
  ];
}

export function perform(seam: WindowsSeam, operation: Operation): void {
  switch (operation.does) {
    case "registry": {
      const value = { Key: operation.key, Name: operation.name };
      if (operation.to === null) seam["Remove-RegistryData"](value);
      else seam["Set-RegistryData"]({ ...value, Type: operation.to.type, Data: operation.to.data });
      return;
    }
    case "security":
      seam["Set-FileSecurity"]({ Path: operation.path, Owner: operation.to.owner, Sddl: operation.to.sddl });
      return;
    case "service": {
      const { startMode, account, type } = operation.to;
      seam["Set-ServiceSetting"]({ Name: operation.service, StartMode: startMode, Account: account, Type: type });
      return;
    }
    case "firewall-rule":
      seam["Set-FirewallRuleEnabled"]({ Name: operation.rule, Enabled: operation.to });
      return;
    case "firewall-profile":
      seam["Set-FirewallBlockAll"]({ Profile: operation.profile, BlockAll: operation.to });
      return;
    case "certificate": {
      const certificate = { Store: rdpStore, Thumbprint: operation.thumbprint };
      if (operation.to === null) seam["Remove-StoreCertificate"](certificate);
      else seam["Set-CertificateBlob"]({ ...certificate, Blob: operation.to });
      return;
    }
    case "restore-task": {
      const { value: Value, to } = operation;
      if (to === null) seam["Unregister-RestoreTask"]({ Value });
      else seam["Register-RestoreTask"]({ Value, Weakened: to.weakened, Former: to.former, Until: to.until });
      return;
    }
    case "move":
      seam["Rename-FileItem"]({ Path: operation.from, NewPath: operation.to });
      return;
    case "make-folder":
      seam["New-SecuredFolder"]({
        Path: operation.path,
        Owner: machineKeysDefault.owner,
        Sddl: machineKeysDefault.sddl,
      });
      return;
    case "replace-folder": {
      const former = exists(seam, operation.path) ? operation.aside : null;
      if (former !== null) {
        carryKeys(seam, operation.path, operation.incoming, former);
        seam["Rename-FileItem"]({ Path: operation.path, NewPath: former });
      }
      try {
        seam["Rename-FileItem"]({ Path: operation.incoming, NewPath: operation.path });
      } catch (error) {
        // Windows is never left without a folder, whatever becomes of the rollback.
        if (former !== null) seam["Rename-FileItem"]({ Path: former, NewPath: operation.path });
        throw error;
      }
      return;
    }
    case "back-up-rdp-certificate": {
      const { path, fingerprint, copy } = operation.backup.key;
      if (fingerprint) seam["Copy-SecuredFile"]({ Path: path, Destination: copy });
      return;
    }
  }
}

/**
 * Copies the keys of others into a folder that lacks them or has an older state of them, which goes aside. The RDP
 * key stays: each folder has its own. So do keys that SYSTEM may not read.
 */
function carryKeys(seam: WindowsSeam, from: string, to: string, aside: string): void {
  for (const { name, readable } of otherKeys(seam, from)) {
    const [source, destination] = [`${from}\\${name}`, `${to}\\${name}`];
    if (!readable) continue;
    if (exists(seam, destination)) {
      if (fingerprintOf(seam, source) === fingerprintOf(seam, destination)) continue;
      seam["Rename-FileItem"]({ Path: destination, NewPath: `${aside}.older.${name}` });
    }
    seam["Copy-SecuredFile"]({ Path: source, Destination: destination });
  }
}

/** SHA-256; `null` for a file that is not there, is a link, or cannot be read. */
export function fingerprintOf(seam: WindowsSeam, path: string): string | null {
  const facts = seam["Get-FileFacts"]({ Path: path });
  if (!facts || facts.reparsePoint) return null;
  try {
    return seam["Get-FileSha256"]({ Path: path });
  } catch {
    return null;
  }
}

export function securityOf(seam: WindowsSeam, path: string): FileSecurity | null {
  const facts = seam["Get-FileFacts"]({ Path: path });
  return facts && { owner: facts.owner, sddl: facts.sddl };
}

export function settingOf(seam: WindowsSeam, name: RdpService): ServiceSetting | null {
  const facts = seam["Get-ServiceFacts"]({ Name: name });
  return facts && { account: facts.account, startMode: facts.startMode, type: facts.type };
}

export function firewallOf(seam: WindowsSeam) {
  return seam["Get-FirewallFacts"]({ Port: rdpPort(seam) });
}

export function presentOf(seam: WindowsSeam, operation: ValueOperation): unknown {
  switch (operation.does) {
    case "registry":
      return seam["Get-RegistryData"]({ Key: operation.key, Name: operation.name });
    case "security":
      return securityOf(seam, operation.path);
    case "service":
      return settingOf(seam, operation.service);
    case "firewall-rule":
      return firewallOf(seam).rules.find((rule) => rule.name === operation.rule)?.enabled;
    case "firewall-profile":
      return firewallOf(seam).profiles.find((profile) => profile.name === operation.profile)?.blockAll;
    case "certificate":
      return seam["Get-CertificateBlob"]({ Store: rdpStore, Thumbprint: operation.thumbprint });
    case "restore-task":
      return seam["Get-RestoreTask"]({ Value: operation.value });
  }
}
