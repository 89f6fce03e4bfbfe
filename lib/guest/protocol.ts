import { z } from "zod";
import { Change, Receipt } from "../core/change.ts";
import { GuestEvidence, SectionName, sectionNames } from "../core/guest-evidence.ts";

/**
 * Which journals of ended runs the guest deletes, with the keys that were put aside in them: an undo of such a run is
 * not possible any more, and that is why a setting decides. Nothing is deleted that is younger than a day, that did not
 * come to its end, or that an undo in progress names, and nothing at all while a value is weakened.
 */
export const JournalRetention = z.strictObject({
  /** Those that are older than this go. */
  olderThanDays: z.number().int().min(1).max(3650),
  /** Of the others, only this many, the newest, are kept. */
  atMost: z.number().int().min(1).max(1000),
});
export type JournalRetention = z.infer<typeof JournalRetention>;

/** A journal younger than this many days is kept in any case: a script that is replayed may need it. */
export const journalGraceDays = 1;

/**
 * What is asked of a guest script. It travels as gzipped JSON in one base64 literal at the top of the script, the
 * only text of it that varies.
 */
export const GuestRequest = z.strictObject({
  version: z.literal(1),
  runId: z.uuid(),
  /** Unique within the run, e.g. `apply-1`: the guest does the same step of the same run once. */
  step: z.string().regex(/^[a-z]+-[0-9]{1,3}$/),
  /** When the service made this request, by its clock. The evidence repeats it. */
  madeAt: z.iso.datetime().nullable().default(null),
  /**
   * RFC 3339, UTC, by the service's clock. Past it a script that changes anything does nothing: images and restarts are
   * known to replay scripts.
   */
  notAfter: z.iso.datetime(),
  /** By how many seconds an earlier look proved the VM's clock to be ahead; the guest subtracts them from its time. */
  clockAheadSeconds: z.number().int().default(0),
  /** collect only: the sections of the evidence to read; empty for all. */
  sections: z.array(SectionName).max(32).default([]),
  /** apply only. */
  changes: z.array(Change).max(32).default([]),
  /** undo only: the run that is rolled back. */
  undoes: z.uuid().nullable().default(null),
  /** undo only: only the steps of that run with a greater number are rolled back; 0: all of them. */
  afterStep: z.number().int().nonnegative().default(0),
  /** undo only: roll back also what was changed since. */
  force: z.boolean().default(false),
  /** apply and undo: which journals of other runs go after the work; `null` keeps them all. */
  retention: JournalRetention.nullable().default(null),
});
export type GuestRequest = z.infer<typeof GuestRequest>;

export const guestStatuses = [
  /** Did what it was asked. */
  "done",
  /** A precondition does not hold, or the allow-list has no room: nothing was touched. */
  "refused",
  /** The journal cannot be used, e.g. because somebody else made its folder: nothing was touched, and nothing can be. */
  "journal-unusable",
  /** A change failed; everything before it was rolled back. */
  "rolled-back",
  /** A change failed and rolling it back failed too: the journal has the rest. */
  "failed",
  /** This step of this run was seen before: nothing was done now. */
  "repeated",
  /** Past not-after: nothing was done. */
  "expired",
] as const;

/** How much a reply has room for: characters of the reason, receipts or conflicts, characters of a conflict, target or note. */
export const replyLimits = { reason: 1024, items: 64, text: 512 } as const;

/** What a guest script answers; the last line of its output. The guest is not trusted: every length is bounded. */
export const GuestReply = z.strictObject({
  version: z.literal(1),
  runId: z.uuid(),
  step: z.string().max(32),
  status: z.enum(guestStatuses),
  /** For any status but `done`: why, in a sentence. */
  reason: z.string().max(replyLimits.reason).nullable(),
  /**
   * apply, undo: one for each change, in the order in which they were made. Of an apply that was rolled back: the change
   * that failed, not changed; none when all were made and the result was not as it should be.
   */
  receipts: z.array(Receipt).max(replyLimits.items),
  /** undo: what was left alone because it was changed since, one sentence each. */
  conflicts: z.array(z.string().max(replyLimits.text)).max(replyLimits.items),
  /** apply, undo: how many journals of other runs were deleted after the work. */
  journalsDeleted: z.number().int().nonnegative().default(0),
  /** What did not fit: at most every section of the evidence, and the lists `dependents`, `conflicts` and `receipts`. */
  dropped: z.array(z.string().max(64)).max(sectionNames.length + 3),
  /** Observed after the work; absent for `repeated` and `expired`. */
  evidence: GuestEvidence.nullable(),
});
export type GuestReply = z.infer<typeof GuestReply>;

/**
 * First word of the line that a script prints where Windows lets it do next to nothing; the language mode follows. It is
 * all that such a script can say (lib/guest/scripts/strict.ps1).
 */
export const blockedMarker = "RDP-REMEDIATION-BLOCKED";

/** First word of the reply line. */
export const replyMarker = "RDP-REMEDIATION-REPLY";

/**
 * The longest reply line that a guest may print, in bytes. Run Command keeps the last 4,096 bytes of the output
 * (https://learn.microsoft.com/azure/virtual-machines/windows/run-command). The rest is a reserve for line ends and for a
 * stray line after the reply.
 */
export const maximumReplyBytes = 3500;

/** The number in the first line of a journal. A journal of before there were numbers has none. */
export const journalFormat = 1;

/**
 * How long a guest waits for a service to stop or start, in seconds. One that reports progress gets another wait, up to
 * `maximum` in all; one that reports none in a wait after the first hangs.
 */
export const serviceWait = { seconds: 60, maximum: 5 } as const;
