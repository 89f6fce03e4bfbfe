import { grantsAccess } from "../../lib/core/sddl.ts";
import { administratorsSid, everyoneSid, networkServiceSid, systemSid } from "../../lib/core/windows.ts";
import type { FileState, WindowsState } from "./state.ts";

const authenticatedUsersSid = "S-1-5-11";

/** The SIDs of SYSTEM in an access check. */
export const asSystem = [systemSid, administratorsSid, authenticatedUsersSid, everyoneSid];
/** The SIDs of TermService in an access check. */
export const asNetworkService = [networkServiceSid, authenticatedUsersSid, everyoneSid];

const addFile = 0x2;
const addSubfolder = 0x4;
const deleteChild = 0x40;
const deleteSelf = 0x10000;

const damaged = "The file or directory is corrupted and unreadable.";
export const accessDenied = "Access is denied.";

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("\\"));
}

/** The folder of a path. Throws when nothing can be done in it. */
function folderOf({ files }: WindowsState, path: string): FileState {
  const folder = files[parentOf(path)];
  if (!folder?.folder) throw new Error("Could not find a part of the path.");
  if (folder.damagedIndex) throw new Error(damaged);
  return folder;
}

/** Throws unless SYSTEM can create something with this name. */
export function demandRoom(state: WindowsState, path: string, kind: "file" | "folder"): void {
  const folder = folderOf(state, path);
  if (state.files[path]) throw new Error("Cannot create a file when that file already exists.");
  if (!grantsAccess(folder.sddl, asSystem, kind === "folder" ? addSubfolder : addFile)) throw new Error(accessDenied);
}

/** Throws when the disk has no room for a new file, or for more in one. */
export function demandSpace({ system }: WindowsState): void {
  if (system.freeDiskMb === 0) throw new Error("There is not enough space on the disk.");
}

/** Throws unless SYSTEM can remove this name; the file's own permissions or those of its folder may allow it. */
export function demandRemovable(state: WindowsState, path: string): void {
  const folder = folderOf(state, path);
  const file = state.files[path];
  if (!file) throw new Error("Could not find the file.");
  if (!grantsAccess(file.sddl, asSystem, deleteSelf) && !grantsAccess(folder.sddl, asSystem, deleteChild)) {
    throw new Error(accessDenied);
  }
}
