import { weakenableValueIds } from "../../lib/core/registry-value.ts";
import type { GuestRequest } from "../../lib/guest/protocol.ts";
import { restoredValue } from "../windows/restore-tasks.ts";
import type { WindowsSeam } from "../windows/seam.ts";
import { openJournal, openStep } from "./journal.ts";

const dayMilliseconds = 86_400_000;
const runFolder = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Deletes the journals that nobody will ask for any more, with the keys that were put aside in them. Answers how many.
 * What cannot be read or deleted stays: it is no reason for work to fail that is done.
 */
export function deleteOldJournals(seam: WindowsSeam, { retention, runId, undoes }: GuestRequest): number {
  let journalsDeleted = 0;
  try {
    if (retention && !isWeakened(seam)) {
      for (const name of dueJournals(seam, retention, [runId, undoes])) {
        seam["Remove-JournalFolder"]({ Name: name });
        journalsDeleted += 1;
      }
    }
  } catch {
    // The next one tries again.
  }
  return journalsDeleted;
}

function isWeakened(seam: WindowsSeam): boolean {
  return weakenableValueIds.some((id) => seam["Get-RestoreTask"]({ Value: restoredValue(id) }));
}

function dueJournals(
  seam: WindowsSeam,
  { olderThanDays, atMost }: NonNullable<GuestRequest["retention"]>,
  atWork: readonly (string | null)[],
): string[] {
  const now = Date.parse(seam["Get-UtcNow"]());
  const folders = seam["Get-JournalFolders"]().filter(({ name }) => runFolder.test(name));
  const wanted = [...atWork, ...folders.flatMap(({ name }) => wantedByUnfinished(seam, name))];
  return (
    folders
      .filter(({ name }) => !wanted.includes(name))
      .map(({ name, writtenAt }) => ({ name, days: (now - Date.parse(writtenAt)) / dayMilliseconds }))
      .sort((one, other) => one.days - other.days || (one.name < other.name ? -1 : 1))
      // A younger one may be asked for once more, by a script that is run again.
      .filter(({ days }, at) => days >= 1 && (at >= atMost || days > olderThanDays))
      .map(({ name }) => name)
  );
}

/** A run whose last step was interrupted needs its own journal, and those of the runs that it was rolling back. */
function wantedByUnfinished(seam: WindowsSeam, runId: string): string[] {
  const step = openStep(openJournal(seam, runId));
  return step ? [runId, ...step.changes.flatMap(({ reverses }) => (reverses ? [reverses.runId] : []))] : [];
}
