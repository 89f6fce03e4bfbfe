import { isDeepStrictEqual } from "node:util";
import type { FileSecurity, ServiceFacts } from "../../lib/core/guest-evidence.ts";
import type { RegistryData } from "../../lib/core/registry-value.ts";
import type { CryptoService } from "../../lib/core/supporting-services.ts";
import { machineKeysDefault, type RdpService } from "../../lib/core/windows.ts";
import type { RestoredValue, RestoreTask, WindowsAdapter } from "../windows/adapter.ts";
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

type KeyState = "empty" | "used" | null;
type ServiceSetting = Pick<ServiceFacts, "startMode" | "account" | "type">;
type Profile = "Domain" | "Private" | "Public";

/**
 * The smallest steps: every change is made of them, a journal holds them as data, and each has an inverse operation that is
 * again made of them. So rollback, undo and the undo of an undo are the same few lines.
 */
export type Operation =
  | { does: "registry"; key: string; name: string; from: RegistryData | null; to: RegistryData | null }
  /** A key, made and removed only while nothing is in it; `null` is no such key. */
  | { does: "registry-key"; key: string; from: KeyState; to: KeyState }
  | { does: "security"; path: string; from: FileSecurity; to: FileSecurity }
  | { does: "service"; service: RdpService | CryptoService; from: ServiceSetting; to: ServiceSetting }
  /** Whether a service behind the certificate's key runs. */
  | { does: "service-state"; service: CryptoService; from: string | null; to: string | null }
  | { does: "firewall-rule"; rule: string; from: boolean; to: boolean }
  | { does: "firewall-profile"; profile: Profile; from: boolean; to: boolean }
  | { does: "log-on-right"; right: string; sid: string; from: boolean; to: boolean }
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

export function exists(adapter: WindowsAdapter, path: string): boolean {
  return adapter["Get-FileFacts"]({ Path: path }) !== null;
}

/**
 * Moves a key to its place in MachineKeys; what stands there goes aside first. The folder may have permissions
 * that let nobody add a file: it gets the default ones for that moment.
 */
export function putInPlace(adapter: WindowsAdapter, from: string, to: string, aside: () => string): Operation[] {
  const moves: Operation[] = [{ does: "move", from, to }];
  if (exists(adapter, to)) moves.unshift({ does: "move", from: to, to: aside() });
  const path = adapter["Get-MachineKeysPath"]();
  const closed = securityOf(adapter, path);
  const open = { ...machineKeysDefault };
  if (!closed || isDeepStrictEqual(closed, open)) return moves;
  return [
    { does: "security", path, from: closed, to: open },
    ...moves,
    { does: "security", path, from: open, to: closed },
  ];
}

export function perform(adapter: WindowsAdapter, operation: Operation): void {
  switch (operation.does) {
    case "registry": {
      const value = { Key: operation.key, Name: operation.name };
      if (operation.to === null) adapter["Remove-RegistryData"](value);
      else adapter["Set-RegistryData"]({ ...value, Type: operation.to.type, Data: operation.to.data });
      return;
    }
    case "registry-key":
      if (operation.to === null) adapter["Remove-RegistryKey"]({ Key: operation.key });
      else adapter["New-RegistryKey"]({ Key: operation.key });
      return;
    case "security":
      adapter["Set-FileSecurity"]({ Path: operation.path, Owner: operation.to.owner, Sddl: operation.to.sddl });
      return;
    case "service": {
      const { startMode, account, type } = operation.to;
      adapter["Set-ServiceSetting"]({ Name: operation.service, StartMode: startMode, Account: account, Type: type });
      return;
    }
    case "service-state": {
      const service = { Name: operation.service, TimeoutSeconds: 60 };
      if (operation.to === "Running") adapter["Start-RdpService"](service);
      else adapter["Stop-RdpService"](service);
      return;
    }
    case "firewall-rule":
      adapter["Set-FirewallRuleEnabled"]({ Name: operation.rule, Enabled: operation.to });
      return;
    case "firewall-profile":
      adapter["Set-FirewallBlockAll"]({ Profile: operation.profile, BlockAll: operation.to });
      return;
    case "log-on-right":
      adapter["Set-AccountRight"]({ Right: operation.right, Sid: operation.sid, Held: operation.to });
      return;
    case "certificate": {
      const certificate = { Store: rdpStore, Thumbprint: operation.thumbprint };
      if (operation.to === null) adapter["Remove-StoreCertificate"](certificate);
      else adapter["Set-CertificateBlob"]({ ...certificate, Blob: operation.to });
      return;
    }
    case "restore-task": {
      const { value: Value, to } = operation;
      if (to === null) adapter["Unregister-RestoreTask"]({ Value });
      else adapter["Register-RestoreTask"]({ Value, Weakened: to.weakened, Former: to.former, Until: to.until });
      return;
    }
    case "move":
      adapter["Rename-FileItem"]({ Path: operation.from, NewPath: operation.to });
      return;
    case "make-folder":
      adapter["New-SecuredFolder"]({
        Path: operation.path,
        Owner: machineKeysDefault.owner,
        Sddl: machineKeysDefault.sddl,
      });
      return;
    case "replace-folder": {
      const former = exists(adapter, operation.path) ? operation.aside : null;
      if (former !== null) {
        carryKeys(adapter, operation.path, operation.incoming, former);
        adapter["Rename-FileItem"]({ Path: operation.path, NewPath: former });
      }
      try {
        adapter["Rename-FileItem"]({ Path: operation.incoming, NewPath: operation.path });
      } catch (error) {
        // Windows is never left without a folder, whatever becomes of the rollback.
        if (former !== null) adapter["Rename-FileItem"]({ Path: former, NewPath: operation.path });
        throw error;
      }
      return;
    }
    case "back-up-rdp-certificate": {
      const { path, fingerprint, copy } = operation.backup.key;
      if (fingerprint) adapter["Copy-SecuredFile"]({ Path: path, Destination: copy });
      return;
    }
  }
}

/**
 * Copies the keys of others into a folder that lacks them or has an older state of them, which goes aside. The RDP
 * key stays: each folder has its own. So do keys that SYSTEM may not read.
 */
function carryKeys(adapter: WindowsAdapter, from: string, to: string, aside: string): void {
  for (const { name, readable } of otherKeys(adapter, from)) {
    const [source, destination] = [`${from}\\${name}`, `${to}\\${name}`];
    if (!readable) continue;
    if (exists(adapter, destination)) {
      if (fingerprintOf(adapter, source) === fingerprintOf(adapter, destination)) continue;
      adapter["Rename-FileItem"]({ Path: destination, NewPath: `${aside}.older.${name}` });
    }
    adapter["Copy-SecuredFile"]({ Path: source, Destination: destination });
  }
}

/** SHA-256; `null` for a file that is not there, is a link, or cannot be read. */
export function fingerprintOf(adapter: WindowsAdapter, path: string): string | null {
  const facts = adapter["Get-FileFacts"]({ Path: path });
  if (!facts || facts.reparsePoint) return null;
  try {
    return adapter["Get-FileSha256"]({ Path: path });
  } catch {
    return null;
  }
}

export function securityOf(adapter: WindowsAdapter, path: string): FileSecurity | null {
  const facts = adapter["Get-FileFacts"]({ Path: path });
  return facts && { owner: facts.owner, sddl: facts.sddl };
}

export function settingOf(adapter: WindowsAdapter, name: RdpService | CryptoService): ServiceSetting | null {
  const facts = adapter["Get-ServiceFacts"]({ Name: name });
  return facts && { account: facts.account, startMode: facts.startMode, type: facts.type };
}

export function firewallOf(adapter: WindowsAdapter) {
  return adapter["Get-FirewallFacts"]({ Port: rdpPort(adapter) });
}

export function presentOf(adapter: WindowsAdapter, operation: ValueOperation): unknown {
  switch (operation.does) {
    case "registry":
      return adapter["Get-RegistryData"]({ Key: operation.key, Name: operation.name });
    case "registry-key":
      return adapter["Get-RegistryKeyState"]({ Key: operation.key });
    case "security":
      return securityOf(adapter, operation.path);
    case "service":
      return settingOf(adapter, operation.service);
    case "service-state":
      return adapter["Get-ServiceFacts"]({ Name: operation.service })?.state ?? null;
    case "firewall-rule":
      return firewallOf(adapter).rules.find((rule) => rule.name === operation.rule)?.enabled;
    case "firewall-profile":
      return firewallOf(adapter).profiles.find((profile) => profile.name === operation.profile)?.blockAll;
    case "log-on-right":
      return adapter["Get-AccountRight"]({ Right: operation.right, Sid: operation.sid });
    case "certificate":
      return adapter["Get-CertificateBlob"]({ Store: rdpStore, Thumbprint: operation.thumbprint });
    case "restore-task":
      return adapter["Get-RestoreTask"]({ Value: operation.value });
  }
}
