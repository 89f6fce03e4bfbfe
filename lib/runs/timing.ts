import type { ScriptInFlight } from "../core/run.ts";

/*
 * The waits, retries and limits of a run. Times are milliseconds unless a name says otherwise.
 */

const second = 1000;
const minute = 60 * second;

/** How long a script may run inside the VM. Collecting takes seconds; applying waits for services and a new certificate. */
export const scriptTimeoutSeconds: Record<ScriptInFlight["script"], number> = { collect: 300, apply: 900, undo: 900 };

/**
 * From the PUT of a script until the guest refuses to start it: a slow agent may start it late, a repeated PUT even
 * later.
 */
export const notAfterMs = 15 * minute;

/**
 * After a PUT whose response was lost, an absent Run Command may not be visible yet: ARM's regions replicate within a
 * minute or two. Only then is it created again; the guest runs a step once, however often it is requested.
 */
export const replicationMs = 60 * second;

/** A wait that begins this much later than now comes from another clock, and counts as over. */
export const clockToleranceMs = 10 * second;

/** The time that one call may take after the wait before it; anything longer is a jump of the clock. */
export const waitGraceMs = minute;

/** The longest accepted `Retry-After`: a script in flight must be polled. */
export const longestRetryAfterMs = 5 * minute;

/** How long to wait after a failure: as long as the other side asked, within a limit, and longer each time. */
export function retryMs(attempts: number, retryAfterMs = 0): number {
  return Math.max(Math.min(retryAfterMs, longestRetryAfterMs), backoffMs(attempts));
}

/** The time that Azure may need after the script's own time before its result is visible. */
export const slackMs = 2 * minute;

/** How often one effect is tried before the run gives up, when the problem is retryable. */
export const maximumAttempts = 8;

/** How often the VM is read while parts of its network are unreadable. */
export const maximumNetworkReads = 4;

/** After a restart the agent needs minutes: more attempts, at even intervals. */
export const maximumAttemptsAfterRestart = 40;
export const settleMs = 15 * second;

/** How often a guest with its former boot time is read before the restart counts as not made. */
export const maximumRestartLooks = 8;

/** After the changes, while Windows is still starting: how long until the next look, and how many there are. */
export const startingLookMs = 2 * minute;
export const maximumStartingLooks = 10;

/** How often a run that continues after a decision tries to claim its VM, which another run may hold. */
export const maximumClaimAttempts = 40;

/** How often an ended run looks for a script's late reply. */
export const maximumLateLooks = 40;

/** How many plans one run may apply, each from the evidence after the one before. */
export const maximumTiers = 3;

/** How often the VM may have changed between diagnosis and apply before the run gives up. */
export const maximumReplans = 2;

/** How long a plan waits for its decision. The guest checks every precondition again, even after a long wait. */
export const decisionMs = 24 * 60 * minute;

/**
 * A run that cannot be read and was not saved for this long is no longer at work, in any version of this service: twice
 * the longest wait of a run that holds its VM, and far beyond the deadline of each of its scripts. Should it have
 * weakened a setting for longer, the VM's own task restores it.
 */
export const unreadableClaimMs = 2 * decisionMs;

/** How long the restore of a weakened setting is retried: a VM may be stopped for weeks. */
export const restoreForMs = 30 * 24 * 60 * minute;

/** How long to wait before the next attempt to restore it, by how long it is overdue. */
export function restoreWaitMs(overdueMs: number): number {
  return Math.min(Math.max(minute, Math.floor(overdueMs / 4)), 60 * minute);
}

/** How long a proposed network rule stays: a working day and the following night. */
export const proposalLifeMs = 24 * 60 * minute;

/** The interval, and the most times, to read the network for requested access. */
export const accessReadMs = 5 * second;
export const maximumAccessReads = 12;

/** Doubling waits from 5 s to 2 min. */
export function backoffMs(attempt: number): number {
  return Math.min(5 * second * 2 ** Math.max(0, attempt - 1), 2 * minute);
}

/**
 * How long to wait before the next poll of a script: a tenth of the time it has been running, so that its end is
 * noticed within a tenth of its time. Azure permits 12 reads of a VM a minute, with 36 in reserve ("Low Cost Get VM").
 * Frequent polls at first use the reserve where nearly all scripts end; a test checks that no run exceeds it.
 */
export function pollIntervalMs(runningMs: number): number {
  return Math.min(Math.max(2.5 * second, Math.floor(runningMs / 10)), 15 * second);
}

/** How often unfinished runs are looked for: those of a process that died are resumed within a minute. */
export const sweepEveryMs = 30 * second;

/** How many runs may be at work at once by default. More would divide Azure's read limits too finely. */
export const runsAtWork = 10;

/** How long a run that found every slot taken waits before it asks again, by how long it has been waiting. */
export function slotWaitMs(waitedMs: number): number {
  return Math.min(Math.max(10 * second, Math.floor(waitedMs / 4)), 2 * minute);
}
