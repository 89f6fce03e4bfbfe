import { isDeepStrictEqual } from "node:util";
import { resourceTitle } from "../../lib/guest/resources.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { leadTo, type Operation, pathExists, putInPlace, type ResourceOperation } from "./operations.ts";
import { inverseOfBackup } from "./rdp-certificate-backup.ts";
import { resourceState } from "./resources.ts";

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
      const standing = pathExists(adapter, operation.from);
      if (!pathExists(adapter, operation.to))
        return { operations: [], conflict: standing ? null : `${operation.to} is gone.` };
      return { operations: putInPlace(adapter, operation.to, operation.from, aside), conflict: null };
    }
    case "resource":
      return inverseOfResource(adapter, operation);
  }
}

function inverseOfResource(adapter: WindowsAdapter, { resource, from, to }: ResourceOperation): Inverse {
  const title = resourceTitle(resource);
  // A key that somebody uses by now stays.
  if (resource.kind === "registry-key" && resourceState(adapter, resource) === "used") {
    return { operations: [], conflict: from === null ? `${title} holds something else by now.` : null };
  }
  const operations = leadTo(adapter, resource, from);
  const isChanged = operations.some((one) => !isDeepStrictEqual(one.from, to));
  return { operations, conflict: isChanged ? `${title} was changed since.` : null };
}

function inverseOfReplacedFolder(
  adapter: WindowsAdapter,
  { does, path, aside: former, incoming }: Extract<Operation, { does: "replace-folder" }>,
  aside: () => string,
): Operation[] {
  // To where it came from, so that another undo finds it there.
  if (former === null) return pathExists(adapter, incoming) ? [] : [{ does: "move", from: path, to: incoming }];
  if (!pathExists(adapter, former)) return [];
  const back = pathExists(adapter, incoming) ? aside() : incoming;
  return [{ does, path, aside: pathExists(adapter, path) ? back : null, incoming: former }];
}
