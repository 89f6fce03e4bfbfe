import { isDeepStrictEqual } from "node:util";
import type { RegistryData } from "../../lib/core/registry-value.ts";
import { machineKeysDefault } from "../../lib/core/windows.ts";
import type { Resource } from "../../lib/guest/resources.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { otherKeys, rdpPort } from "./collect.ts";
import { resourceState, setResourceState } from "./resources.ts";

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

/** Leads one resource from one state to another. */
export interface ResourceOperation {
  does: "resource";
  resource: Resource;
  from: unknown;
  to: unknown;
}

/**
 * The smallest steps: every change is made of them, a journal holds them as data, and each has an inverse operation that is
 * again made of them. So rollback, undo and the undo of an undo are the same few lines.
 */
export type Operation =
  | ResourceOperation
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

/** The operation that leads a resource to a state; none when it is there already. */
export function leadTo(adapter: WindowsAdapter, resource: Resource, to: unknown): ResourceOperation[] {
  const from = resourceState(adapter, resource);
  return isDeepStrictEqual(from, to) ? [] : [{ does: "resource", resource, from, to }];
}

export const rdpStore = "Remote Desktop";

export function pathExists(adapter: WindowsAdapter, path: string): boolean {
  return adapter["Get-FileFacts"]({ Path: path }) !== null;
}

/**
 * Moves a key to its place in MachineKeys; what stands there goes aside first. The folder may have permissions
 * that let nobody add a file: it gets the default ones for that moment.
 */
export function putInPlace(adapter: WindowsAdapter, from: string, to: string, aside: () => string): Operation[] {
  const moves: Operation[] = [{ does: "move", from, to }];
  if (pathExists(adapter, to)) moves.unshift({ does: "move", from: to, to: aside() });
  const resource = { kind: "file-security", path: adapter["Get-MachineKeysPath"]() } as const;
  const closed = resourceState(adapter, resource);
  const open = { ...machineKeysDefault };
  if (!closed || isDeepStrictEqual(closed, open)) return moves;
  return [
    { does: "resource", resource, from: closed, to: open },
    ...moves,
    { does: "resource", resource, from: open, to: closed },
  ];
}

export function performOperation(adapter: WindowsAdapter, operation: Operation): void {
  switch (operation.does) {
    case "resource":
      setResourceState(adapter, operation.resource, operation.to);
      return;
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
      const former = pathExists(adapter, operation.path) ? operation.aside : null;
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
    if (pathExists(adapter, destination)) {
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

export function firewallOf(adapter: WindowsAdapter) {
  return adapter["Get-FirewallFacts"]({ Port: rdpPort(adapter) });
}
