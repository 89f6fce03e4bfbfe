import { creatableKeys, declaredValues } from "../../lib/core/registry-value.ts";
import type { Resource } from "../../lib/guest/resources.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { rdpKeyPath } from "./collect.ts";
import { journalRoots } from "./journal-folders.ts";
import type { Operation } from "./operations.ts";
import { hasAllowedFields } from "./resources.ts";

/**
 * Whether an operation of a journal is about something that a change may touch. A journal is data on a disk, so it is
 * held against the same places again before anything of an earlier run is rolled back.
 */
export function isAllowedOperation(adapter: WindowsAdapter, operation: Operation): boolean {
  const keys = adapter["Get-MachineKeysPath"]();
  const inJournal = (path: string) => journalRoots(adapter).some((root) => isBelow(path, root));
  switch (operation.does) {
    case "resource":
      return isAllowedResource(adapter, operation.resource);
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
    default:
      return false;
  }
}

function isAllowedResource(adapter: WindowsAdapter, resource: Resource): boolean {
  if (!hasAllowedFields(resource)) return false;
  const keys = adapter["Get-MachineKeysPath"]();
  switch (resource.kind) {
    case "registry-value":
      return Object.entries(declaredValues).some(
        ([id, { key, name, mayBecome, mayBeRemoved }]) =>
          key === resource.key &&
          name === resource.name &&
          // The pointer to its certificate is written by Windows itself.
          (mayBecome.length > 0 || mayBeRemoved || id === "winstations/SelfSignedCertificate"),
      );
    case "registry-key":
      return creatableKeys.some((key) => `${key}\\`.startsWith(`${resource.key}\\`));
    case "file-security":
      return (
        resource.path === keys || isFileOf(resource.path, keys) || isFileOf(resource.path, adapter["Get-CngKeysPath"]())
      );
    default:
      return true;
  }
}

function isFileOf(path: string, folder: string): boolean {
  return isBelow(path, folder) && !path.slice(folder.length + 1).includes("\\");
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}\\`) && path.length > folder.length + 1 && !/\\\.{1,2}(\\|$)/.test(path);
}
