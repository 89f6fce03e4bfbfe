import { createHash } from "node:crypto";
import { fileRead, grantsAccess } from "../../lib/core/sddl.ts";
import { administratorsSid, machineKeysFolder } from "../../lib/core/windows.ts";
import { accessDenied, asSystem, demandRemovable, demandRoom, demandSpace, parentOf } from "./access.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";
import type { FileState, WindowsState } from "./state.ts";

export const journalRoot = "C:\\Windows\\RdpRemediation";
/** Where earlier versions kept their journals. */
export const formerJournalRoot = "C:\\ProgramData\\RdpRemediation";
export const cngKeysFolder = "C:\\ProgramData\\Microsoft\\Crypto\\Keys";

const plain = { content: "", reparsePoint: false, damagedIndex: false };

function bytesOf(file: FileState): number {
  return file.bytes ?? Buffer.byteLength(file.content);
}

/** The paths of the files in a folder, not below its subfolders. */
function filesIn({ files }: WindowsState, folder: string): string[] {
  return Object.keys(files).filter((path) => parentOf(path) === folder && !files[path]?.folder);
}

function fileAt({ files }: WindowsState, path: string): FileState {
  const file = files[path];
  if (!file) throw new Error(`Could not find the file ${path}.`);
  return file;
}

/** Whether SYSTEM can read the file. A link does not count: it is no key. */
function readable(file: FileState): boolean {
  return !file.reparsePoint && grantsAccess(file.sddl, asSystem, fileRead);
}

type FileFunctions = Pick<
  WindowsAdapter,
  | "Get-MachineKeysPath"
  | "Get-CngKeysPath"
  | "Get-FileFacts"
  | "Get-FolderFiles"
  | "Get-FileSha256"
  | "Set-FileSecurity"
  | "Rename-FileItem"
  | "New-SecuredFolder"
  | "Copy-SecuredFile"
>;

export function fileFunctions(machine: Machine): FileFunctions {
  return {
    "Get-MachineKeysPath": () => machineKeysFolder,
    "Get-CngKeysPath": () => cngKeysFolder,
    "Get-FileFacts": ({ Path }) => {
      const file = machine.state.files[Path];
      if (!file) return null;
      const { folder, reparsePoint, owner, sddl } = file;
      return { folder, bytes: folder ? 0 : bytesOf(file), reparsePoint, owner, sddl };
    },
    "Get-FolderFiles": ({ Path }) => {
      if (!fileAt(machine.state, Path).folder) throw new Error(`${Path} is not a folder.`);
      const paths = filesIn(machine.state, Path);
      // Where there are more than are ever copied, a look opens none of them.
      const opens = paths.length <= 20_000;
      return paths.map((path) => {
        const file = fileAt(machine.state, path);
        const isReadable = opens ? readable(file) : !file.reparsePoint;
        return { name: path.slice(Path.length + 1), bytes: bytesOf(file), readable: isReadable };
      });
    },
    "Get-FileSha256": ({ Path }) => {
      const file = fileAt(machine.state, Path);
      if (!readable(file)) throw new Error(accessDenied);
      return createHash("sha256")
        .update(`${bytesOf(file)} ${file.content}`)
        .digest("hex")
        .toUpperCase();
    },
    // Always succeeds: SYSTEM may take ownership, and an owner may write the access part.
    "Set-FileSecurity": ({ Path, Owner, Sddl }) => {
      Object.assign(fileAt(machine.state, Path), { owner: Owner, sddl: Sddl });
      return null;
    },
    "Rename-FileItem": ({ Path, NewPath }) => {
      const { files } = machine.state;
      demandRoom(machine.state, NewPath, fileAt(machine.state, Path).folder ? "folder" : "file");
      demandRemovable(machine.state, Path);
      for (const path of Object.keys(files).filter((one) => one === Path || one.startsWith(`${Path}\\`))) {
        files[NewPath + path.slice(Path.length)] = fileAt(machine.state, path);
        delete files[path];
      }
      return null;
    },
    "New-SecuredFolder": ({ Path, Owner, Sddl }) => {
      demandRoom(machine.state, Path, "folder");
      demandSpace(machine.state);
      const isRuns = [journalRoot, formerJournalRoot].includes(parentOf(Path));
      machine.state.files[Path] = {
        ...plain,
        folder: true,
        owner: Owner,
        sddl: Sddl,
        ...(isRuns && { writtenAt: machine.now().toISOString() }),
      };
      return null;
    },
    "Copy-SecuredFile": ({ Path, Destination }) => {
      const file = fileAt(machine.state, Path);
      if (!readable(file)) throw new Error(accessDenied);
      demandRoom(machine.state, Destination, "file");
      demandSpace(machine.state);
      machine.state.files[Destination] = { ...file };
      return null;
    },
  };
}

type JournalFunctions = Pick<
  WindowsAdapter,
  | "Get-JournalRoot"
  | "Get-FormerJournalRoot"
  | "New-MarkerFile"
  | "Add-JournalLine"
  | "Get-FolderSecurity"
  | "Get-JournalLines"
  | "Get-JournalFolders"
  | "Remove-JournalFolder"
>;

export function journalFunctions(machine: Machine): JournalFunctions {
  function makeFile(path: string): FileState {
    demandSpace(machine.state);
    demandRoom(machine.state, path, "file");
    // As the journal's folders hand their entries down.
    const file = { ...plain, folder: false, owner: administratorsSid, sddl: "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)" };
    machine.state.files[path] = file;
    fileAt(machine.state, parentOf(path)).writtenAt = machine.now().toISOString();
    return file;
  }
  return {
    "Get-JournalRoot": () => journalRoot,
    "Get-FormerJournalRoot": () => formerJournalRoot,
    "New-MarkerFile": ({ Path }) => {
      if (machine.state.files[Path]) return false;
      makeFile(Path);
      return true;
    },
    "Add-JournalLine": ({ Path, Line }) => {
      const file = machine.state.files[Path] ?? makeFile(Path);
      demandSpace(machine.state);
      file.content += `${Line}\n`;
      return null;
    },
    "Get-FolderSecurity": ({ Path }) => {
      const file = machine.state.files[Path];
      return file?.folder && !file.reparsePoint ? { owner: file.owner, sddl: file.sddl } : null;
    },
    "Get-JournalLines": ({ Path }) =>
      machine.state.files[Path]?.content.split("\n").filter((line) => line !== "") ?? [],
    "Get-JournalFolders": ({ Root }) =>
      Object.entries(machine.state.files).flatMap(([path, { folder, reparsePoint, writtenAt }]) =>
        parentOf(path) === Root && folder && !reparsePoint
          ? [{ name: path.slice(Root.length + 1), path, writtenAt: writtenAt ?? machine.now().toISOString() }]
          : [],
      ),
    "Remove-JournalFolder": ({ Path }) => {
      if (fileAt(machine.state, Path).reparsePoint) throw new Error(`${Path} is a link to another place.`);
      for (const path of Object.keys(machine.state.files)) {
        if (`${path}\\`.startsWith(`${Path}\\`)) delete machine.state.files[path];
      }
      return null;
    },
  };
}
