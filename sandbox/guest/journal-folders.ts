import { administratorsSid, systemSid } from "../../lib/core/windows.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";

const privateSddl = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

/** Whether it is a folder for SYSTEM and Administrators alone, and no link: nobody else can have written in it. */
export function isPrivateFolder(adapter: WindowsAdapter, path: string): boolean {
  const security = adapter["Get-FolderSecurity"]({ Path: path });
  if (!security) return false;
  return [systemSid, administratorsSid].includes(security.owner) && security.sddl === privateSddl;
}

/** Creates a private folder; also succeeds when there is one. Throws for what somebody else made, whatever it contains. */
export function openPrivateFolder(adapter: WindowsAdapter, path: string): void {
  if (!adapter["Get-FileFacts"]({ Path: path })) {
    adapter["New-SecuredFolder"]({ Path: path, Owner: systemSid, Sddl: privateSddl });
  }
  if (isPrivateFolder(adapter, path)) return;
  throw new Error(`${path} is not a folder for SYSTEM and Administrators alone. Find out who made it, and remove it.`);
}

/** The folders that hold journals: that of earlier versions, too, while nobody else can have written there. */
export function journalRoots(adapter: WindowsAdapter): string[] {
  const former = adapter["Get-FormerJournalRoot"]();
  return [adapter["Get-JournalRoot"](), ...(isPrivateFolder(adapter, former) ? [former] : [])];
}

/** The folder of a run's journal, which need not be there. Throws when the run has two. */
export function runFolder(adapter: WindowsAdapter, runId: string): string {
  const [folder, former] = journalRoots(adapter).map((root) => `${root}\\${runId}`);
  if (!folder) throw new Error("There is no folder for journals.");
  if (!former || !isPrivateFolder(adapter, former)) return folder;
  // The first line is the format: a journal without an operation counts for none.
  if (adapter["Get-JournalLines"]({ Path: `${folder}\\journal.jsonl` }).length <= 1) return former;
  throw new Error(`The run ${runId} has two journals in this VM, ${folder} and ${former}. Nothing was changed.`);
}

/** What stands where an earlier version may have kept this journal and is not trusted; `null` when nothing does. */
export function untrustedJournal(adapter: WindowsAdapter, runId: string): string | null {
  const former = adapter["Get-FormerJournalRoot"]();
  const paths = [former, `${former}\\${runId}`];
  return paths.find((path) => !isPrivateFolder(adapter, path) && isThere(adapter, path)) ?? null;
}

/** What cannot be looked at, as a link to nowhere, is there. */
function isThere(adapter: WindowsAdapter, Path: string): boolean {
  try {
    return adapter["Get-FileFacts"]({ Path }) !== null;
  } catch {
    return true;
  }
}
