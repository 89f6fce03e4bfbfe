import { isDeepStrictEqual } from "node:util";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { exists, type Operation, presentOf, putInPlace, type ValueOperation } from "./operations.ts";
import { inverseOfBackup } from "./rdp-certificate-backup.ts";

/** What it takes to have the state before an operation again; none when it is so. `conflict`: somebody changed it since. */
interface Inverse {
  operations: Operation[];
  conflict: string | null;
}

/** `aside` gives free names in the journal's folder, for what stands in the way. */
export function inverseOf(adapter: WindowsAdapter, operation: Operation, aside: () => string): Inverse {
  switch (operation.does) {
    case "make-folder":
      return { operations: [], conflict: null };
    case "back-up-rdp-certificate":
      return { operations: inverseOfBackup(adapter, operation.backup, aside), conflict: null };
    case "replace-folder":
      return { operations: inverseOfReplacedFolder(adapter, operation, aside), conflict: null };
    case "move": {
      const standing = exists(adapter, operation.from);
      if (!exists(adapter, operation.to))
        return { operations: [], conflict: standing ? null : `${operation.to} is gone.` };
      return { operations: putInPlace(adapter, operation.to, operation.from, aside), conflict: null };
    }
    case "registry-key":
      // A key that somebody uses by now stays.
      if (presentOf(adapter, operation) === "used") {
        return { operations: [], conflict: operation.from === null ? `${thingOf(operation)} is in use by now.` : null };
      }
      return inverseOfValue(adapter, operation);
    default:
      return inverseOfValue(adapter, operation);
  }
}

function inverseOfValue(adapter: WindowsAdapter, operation: ValueOperation): Inverse {
  const present = presentOf(adapter, operation);
  if (isDeepStrictEqual(present, operation.from)) return { operations: [], conflict: null };
  const conflict = isDeepStrictEqual(present, operation.to) ? null : `${thingOf(operation)} was changed since.`;
  return { operations: [{ ...operation, from: present, to: operation.from } as ValueOperation], conflict };
}

function inverseOfReplacedFolder(
  adapter: WindowsAdapter,
  { does, path, aside: former, incoming }: Extract<Operation, { does: "replace-folder" }>,
  aside: () => string,
): Operation[] {
  // To where it came from, so that another undo finds it there.
  if (former === null) return exists(adapter, incoming) ? [] : [{ does: "move", from: path, to: incoming }];
  if (!exists(adapter, former)) return [];
  const back = exists(adapter, incoming) ? aside() : incoming;
  return [{ does, path, aside: exists(adapter, path) ? back : null, incoming: former }];
}

function thingOf(operation: ValueOperation): string {
  switch (operation.does) {
    case "registry":
      return `HKLM\\${operation.key}\\${operation.name}`;
    case "registry-key":
      return `Registry key HKLM\\${operation.key}`;
    case "security":
      return `Owner and permissions of ${operation.path}`;
    case "service":
      return `Service ${operation.service}`;
    case "service-state":
      return `The state of the service ${operation.service}`;
    case "firewall-rule":
      return `Firewall rule ${operation.rule}`;
    case "firewall-profile":
      return `Firewall profile ${operation.profile}`;
    case "log-on-right":
      return `${operation.right} of ${operation.sid}`;
    case "certificate":
      return `Certificate ${operation.thumbprint}`;
    case "restore-task":
      return `The task that restores ${operation.value}`;
  }
}
