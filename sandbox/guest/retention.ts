import { weakenableValueIds } from "../../lib/core/registry-value.ts";
import { type GuestRequest, journalGraceDays } from "../../lib/guest/protocol.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { restoredValue } from "../windows/restore-tasks.ts";
import { openJournal, openStep } from "./journal.ts";
import { journalRoots } from "./journal-folders.ts";

const dayMilliseconds = 86_400_000;
const runName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Deletes the journals that nobody will ask for any more, with the keys that were put aside in them. Answers how many.
 * What cannot be read or deleted stays: it is no reason for work to fail that is done.
 */
export function deleteOldJournals(adapter: WindowsAdapter, { retention, runId, undoes }: GuestRequest): number {
  let journalsDeleted = 0;
  try {
    if (retention && !isWeakened(adapter)) {
      for (const path of dueJournals(adapter, retention, [runId, undoes])) {
        adapter["Remove-JournalFolder"]({ Path: path });
        journalsDeleted += 1;
      }
    }
  } catch {
    // The next one tries again.
  }
  return journalsDeleted;
}

function isWeakened(adapter: WindowsAdapter): boolean {
  return weakenableValueIds.some((id) => adapter["Get-RestoreTask"]({ Value: restoredValue(id) }));
}

function dueJournals(
  adapter: WindowsAdapter,
  { olderThanDays, atMost }: NonNullable<GuestRequest["retention"]>,
  atWork: readonly (string | null)[],
): string[] {
  const now = Date.parse(adapter["Get-UtcNow"]());
  const folders = journalRoots(adapter)
    .flatMap((root) => adapter["Get-JournalFolders"]({ Root: root }))
    .filter(({ name }) => runName.test(name));
  const wanted = [...atWork, ...folders.flatMap(({ name }) => wantedByUnfinished(adapter, name))];
  return (
    folders
      .filter(({ name }) => !wanted.includes(name))
      .map(({ name, path, writtenAt }) => ({ name, path, days: (now - Date.parse(writtenAt)) / dayMilliseconds }))
      .sort((one, other) => one.days - other.days || (one.name < other.name ? -1 : 1))
      // A younger one may be asked for once more, by a script that is run again.
      .filter(({ days }, at) => days >= journalGraceDays && (at >= atMost || days > olderThanDays))
      .map(({ path }) => path)
  );
}

/** A run whose last step was interrupted needs its own journal, and those of the runs that it was rolling back. */
function wantedByUnfinished(adapter: WindowsAdapter, runId: string): string[] {
  let step: ReturnType<typeof openStep>;
  try {
    step = openStep(openJournal(adapter, runId));
  } catch {
    return [runId];
  }
  return step ? [runId, ...step.changes.flatMap(({ reverses }) => (reverses ? [reverses.runId] : []))] : [];
}
