import type { ScriptName } from "../../lib/guest/compose.ts";
import { type GuestReply, type GuestRequest, replyLimits } from "../../lib/guest/protocol.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { apply } from "./apply.ts";
import { collect, messageOf } from "./collect.ts";
import { type Journal, openJournal } from "./journal.ts";
import { journalRoots, openPrivateFolder } from "./journal-folders.ts";
import { deleteOldJournals } from "./retention.ts";
import { undo } from "./undo.ts";
import { journalUnusable, recoverStep, refusedWork, type Work } from "./work.ts";

/**
 * What a guest answers to a request: the reference for collect.ps1, apply.ps1 and undo.ps1, over the same Windows adapter.
 * It is written to be read; where the scripts and this disagree, a test says so.
 */
export function answerRequest(script: ScriptName, request: GuestRequest, adapter: WindowsAdapter): GuestReply {
  const { runId, step, notAfter, madeAt, clockAheadSeconds } = request;
  const look = (sections = request.sections) => ({
    ...collect(adapter, sections),
    // A second look, for some sections, completes the first one, which has the time.
    ...(madeAt && sections.length === 0 && { requestedAt: madeAt }),
  });
  const reply = { version: 1, runId, step, dropped: [] } as const;
  const nothing = { receipts: [], conflicts: [], journalsDeleted: 0, evidence: null };
  if (script === "collect") {
    return { ...reply, ...nothing, dropped: [], status: "done", reason: null, evidence: look() };
  }
  if (Date.parse(adapter["Get-UtcNow"]()) - clockAheadSeconds * 1000 > Date.parse(notAfter)) {
    return { ...reply, ...nothing, dropped: [], status: "expired", reason: `The request was good until ${notAfter}.` };
  }
  const work = guarded(adapter, script, request);
  if (work.status === "repeated") return { ...reply, ...nothing, ...work, dropped: [] };
  const journalsDeleted = work.status === "done" ? deleteOldJournals(adapter, request) : 0;
  const reason = work.reason?.slice(0, replyLimits.reason) ?? null;
  return { ...reply, dropped: [], ...work, reason, journalsDeleted, evidence: look([]) };
}

/** Whatever is thrown up to here was thrown before anything of this step was begun. */
function guarded(adapter: WindowsAdapter, script: "apply" | "undo", request: GuestRequest): Work {
  let journal: Journal;
  try {
    openPrivateFolder(adapter, adapter["Get-JournalRoot"]());
    // A script of an earlier version knows the lock in the former folder alone.
    if (!journalRoots(adapter).every((root) => adapter["Lock-JournalFolder"]({ Path: `${root}\\lock` }))) {
      return refusedWork("Another script of this product is at work in this VM.");
    }
    journal = openJournal(adapter, request.runId);
    openPrivateFolder(adapter, journal.folder);
    // An earlier step of this run, or this very one, may have been interrupted.
    const recovered = recoverStep(adapter, journal);
    if (recovered.status === "failed") return recovered;
    if (!adapter["New-MarkerFile"]({ Path: `${journal.folder}\\${request.step}.marker` })) return recovered;
  } catch (error) {
    return journalUnusable(messageOf(error));
  }
  try {
    return script === "apply" ? apply(adapter, journal, request) : undo(adapter, journal, request);
  } catch (error) {
    return refusedWork(`The work could not be begun: ${messageOf(error)}`);
  }
}
