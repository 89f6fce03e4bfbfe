import { isCryptoService } from "../../lib/core/change.ts";
import { logOnRights, trustees } from "../../lib/core/log-on.ts";
import { creatableKeys, declaredValues, weakenableValueIds } from "../../lib/core/registry-value.ts";
import { rdpServices } from "../../lib/core/windows.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { restoredValue } from "../windows/restore-tasks.ts";
import { rdpKeyPath } from "./collect.ts";
import type { Operation } from "./operations.ts";

/**
 * Whether an operation of a journal is about something that a change may touch. A journal is data on a disk, so it is
 * held against the same places again before anything of an earlier run is rolled back.
 */
export function isAllowedOperation(adapter: WindowsAdapter, operation: Operation): boolean {
  const keys = adapter["Get-MachineKeysPath"]();
  const inJournal = (path: string) => isBelow(path, adapter["Get-JournalRoot"]());
  switch (operation.does) {
    case "registry":
      return Object.entries(declaredValues).some(
        ([id, { key, name, mayBecome, mayBeRemoved }]) =>
          key === operation.key &&
          name === operation.name &&
          // The pointer to its certificate is written by Windows itself.
          (mayBecome.length > 0 || mayBeRemoved || id === "winstations/SelfSignedCertificate"),
      );
    case "registry-key":
      return creatableKeys.some((key) => `${key}\\`.startsWith(`${operation.key}\\`));
    case "security":
      return operation.path === keys || isFileOf(operation.path, keys) || isFileOf(operation.path, cngKeys(adapter));
    case "service":
      return isCryptoService(operation.service) || rdpServices.includes(operation.service);
    case "service-state":
      return isCryptoService(operation.service);
    case "log-on-right":
      return (
        Object.values<string>(logOnRights).includes(operation.right) &&
        Object.values<{ sid: string }>(trustees).some(({ sid }) => sid === operation.sid)
      );
    case "certificate":
      return /^[0-9A-F]{40}$/.test(operation.thumbprint);
    case "restore-task":
      return weakenableValueIds.some((id) => restoredValue(id) === operation.value);
    case "move":
      return [operation.from, operation.to].every((path) => inJournal(path) || path === rdpKeyPath(adapter));
    case "make-folder":
      return inJournal(operation.path);
    case "replace-folder":
      return (
        operation.path === keys && inJournal(operation.incoming) && (!operation.aside || inJournal(operation.aside))
      );
    case "back-up-rdp-certificate":
      return operation.backup.key.path === rdpKeyPath(adapter) && inJournal(operation.backup.key.copy);
    case "firewall-rule":
    case "firewall-profile":
      return true;
    default:
      return false;
  }
}

function cngKeys(adapter: WindowsAdapter): string {
  const root = adapter["Get-JournalRoot"]();
  return `${root.slice(0, root.lastIndexOf("\\"))}\\Microsoft\\Crypto\\Keys`;
}

function isFileOf(path: string, folder: string): boolean {
  return isBelow(path, folder) && !path.slice(folder.length + 1).includes("\\");
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}\\`) && path.length > folder.length + 1 && !/\\\.{1,2}(\\|$)/.test(path);
}
