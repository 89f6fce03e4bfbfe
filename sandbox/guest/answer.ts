import type { ScriptName } from "../../lib/guest/compose.ts";
import type { GuestReply, GuestRequest } from "../../lib/guest/protocol.ts";
import type { WindowsSeam } from "../windows/seam.ts";
import { apply, refused, type Work } from "./apply.ts";
import { collect, messageOf } from "./collect.ts";
import { openJournal, openStep } from "./journal.ts";
import { takeBack } from "./take-back.ts";
import { undo } from "./undo.ts";

/**
 * What a guest answers to a request: the reference for collect.ps1, apply.ps1 and undo.ps1, over the same seam.
 * It is written to be read; where the scripts and this disagree, a test says so.
 */
export function answer(script: ScriptName, request: GuestRequest, seam: WindowsSeam): GuestReply {
  const { runId, step, notAfter } = request;
  const reply = { version: 1, runId, step, dropped: [] } as const;
  const nothing = { receipts: [], conflicts: [], evidence: null };
  if (Date.parse(seam["Get-UtcNow"]()) > Date.parse(notAfter)) {
    return { ...reply, ...nothing, dropped: [], status: "expired", reason: `The request was good until ${notAfter}.` };
  }
  if (script === "collect") {
    return { ...reply, ...nothing, dropped: [], status: "done", reason: null, evidence: collect(seam) };
  }
  const work = guarded(seam, script, request);
  if (work.status === "repeated") return { ...reply, ...nothing, ...work, dropped: [] };
  return { ...reply, dropped: [], ...work, reason: work.reason?.slice(0, 1024) ?? null, evidence: collect(seam) };
}

function guarded(seam: WindowsSeam, script: "apply" | "undo", request: GuestRequest): Work {
  const root = seam["Get-JournalRoot"]();
  const journal = openJournal(seam, request.runId);
  try {
    seam["New-PrivateFolder"]({ Path: journal.folder });
    if (!seam["Lock-JournalFolder"]({ Path: `${root}\\lock` })) {
      return refused("Another script of this product is at work in this VM.");
    }
    const cutShort = openStep(journal)?.changes ?? [];
    const conflicts = takeBack(seam, journal);
    if (!seam["New-MarkerFile"]({ Path: `${journal.folder}\\${request.step}.marker` })) {
      const receipts = cutShort.map(({ kind, target }) => ({ kind, target, changed: true, note: null })).reverse();
      if (receipts.length === 0) return { ...refused("This step was done before."), status: "repeated" };
      const reason = "This step was cut short before. What it had done was taken back now.";
      return { status: "rolled-back", reason, receipts, conflicts };
    }
  } catch (error) {
    return refused(`The journal in this VM cannot be used: ${messageOf(error)}`);
  }
  return script === "apply" ? apply(seam, journal, request) : undo(seam, journal, request);
}
