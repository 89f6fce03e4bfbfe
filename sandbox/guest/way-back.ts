import { isDeepStrictEqual } from "node:util";
import type { WindowsSeam } from "../windows/seam.ts";
import { type Deed, exists, presentOf, putInPlace, type ValueDeed } from "./deeds.ts";
import { wayBackToIdentity } from "./identity.ts";

/** What it takes to have the state before a deed again; none when it is so. `conflict`: somebody changed it since. */
interface WayBack {
  deeds: Deed[];
  conflict: string | null;
}

/** `aside` gives free names in the journal's folder, for what stands in the way. */
export function wayBack(seam: WindowsSeam, deed: Deed, aside: () => string): WayBack {
  switch (deed.does) {
    case "make-folder":
      return { deeds: [], conflict: null };
    case "keep-identity":
      return { deeds: wayBackToIdentity(seam, deed.identity, aside), conflict: null };
    case "replace-folder":
      return { deeds: wayBackToFolder(seam, deed, aside), conflict: null };
    case "move": {
      const standing = exists(seam, deed.from);
      if (!exists(seam, deed.to)) return { deeds: [], conflict: standing ? null : `${deed.to} is gone.` };
      return { deeds: putInPlace(seam, deed.to, deed.from, aside), conflict: null };
    }
    default: {
      const present = presentOf(seam, deed);
      if (isDeepStrictEqual(present, deed.from)) return { deeds: [], conflict: null };
      const conflict = isDeepStrictEqual(present, deed.to) ? null : `${thingOf(deed)} was changed since.`;
      return { deeds: [{ ...deed, from: present, to: deed.from } as ValueDeed], conflict };
    }
  }
}

function wayBackToFolder(
  seam: WindowsSeam,
  { does, path, aside: former, incoming }: Extract<Deed, { does: "replace-folder" }>,
  aside: () => string,
): Deed[] {
  // To where it came from, so that another undo finds it there.
  if (former === null) return exists(seam, incoming) ? [] : [{ does: "move", from: path, to: incoming }];
  if (!exists(seam, former)) return [];
  const back = exists(seam, incoming) ? aside() : incoming;
  return [{ does, path, aside: exists(seam, path) ? back : null, incoming: former }];
}

function thingOf(deed: ValueDeed): string {
  switch (deed.does) {
    case "registry":
      return `HKLM\\${deed.key}\\${deed.name}`;
    case "security":
      return `Owner and permissions of ${deed.path}`;
    case "service":
      return `Service ${deed.service}`;
    case "firewall-rule":
      return `Firewall rule ${deed.rule}`;
    case "firewall-profile":
      return `Firewall profile ${deed.profile}`;
    case "certificate":
      return `Certificate ${deed.thumbprint}`;
    case "restore-task":
      return `The task that restores ${deed.value}`;
  }
}
