import type { ScriptInFlight } from "../core/run.ts";

/*
 * The numbers by which a run waits, tries again and gives up. Times are milliseconds unless a name says otherwise.
 */

const second = 1000;
const minute = 60 * second;

/** How long a script may run inside the VM. Collecting takes seconds; applying waits for services and a new certificate. */
export const scriptTimeoutSeconds: Record<ScriptInFlight["script"], number> = { collect: 300, apply: 900, undo: 900 };

/** From asking for a script until the guest refuses to begin it: a slow agent may start it late, a replay later still. */
export const notAfterMs = 15 * minute;

/**
 * After a PUT whose answer was lost, an absent Run Command may be one that has not shown yet: ARM's regions replicate within
 * a minute or two. Only then is it asked for again; the guest does a step once, however often it is asked.
 */
export const replicationMs = 60 * second;

/** A wait from another clock counts as over when it begins so much later than now. */
export const clockToleranceMs = 10 * second;

/** What one call may take on top of the wait before it; anything longer is a jump of the clock. */
export const waitGraceMs = minute;

/** Nobody is believed who wants to be left alone for longer: a script in flight has to be looked at. */
export const longestRetryAfterMs = 5 * minute;

/** How long to wait after a failure: as long as was asked for, within reason, and ever longer. */
export function retryMs(attempts: number, retryAfterMs = 0): number {
  return Math.max(Math.min(retryAfterMs, longestRetryAfterMs), backoffMs(attempts));
}

/** What Azure may need on top of the script's own time before its result shows. */
export const slackMs = 2 * minute;

/** How often one effect is tried before the run gives up, when the problem says that a retry may help. */
export const maximumAttempts = 8;

/** How often the VM is read until all of its network has been read. */
export const maximumNetworkReads = 4;

/** After a restart the agent needs minutes to come back: more, evenly spaced attempts. */
export const maximumAttemptsAfterRestart = 40;
export const settleMs = 15 * second;

/** How often a guest is looked at that still has its former boot time, before the restart counts as not made. */
export const maximumRestartLooks = 8;

/** How often a run that goes on after a decision asks for its VM, which another run may have by now. */
export const maximumClaimAttempts = 40;

/** How often an ended run looks for the reply of a script that may still come. */
export const maximumLateLooks = 40;

/** How many plans one run may apply, each named by the evidence that the one before left. */
export const maximumTiers = 3;

/** How often the VM may be found changed between diagnosis and apply before the run gives up. */
export const maximumReplans = 2;

/** How long a plan waits for its decision. The guest checks every precondition again, however late it comes. */
export const decisionMs = 24 * 60 * minute;

/** How long the restoring of a weakened setting is retried: a VM may be stopped for weeks. */
export const restoreForMs = 30 * 24 * 60 * minute;

/** How long to wait before the next attempt to restore it, by how long it is overdue. */
export function restoreWaitMs(overdueMs: number): number {
  return Math.min(Math.max(minute, Math.floor(overdueMs / 4)), 60 * minute);
}

/** How long a proposed rule of the network is to stay: a working day and the night behind it. */
export const proposalLifeMs = 24 * 60 * minute;

/** How often, and how many times at most, the network is read for access that was asked for. */
export const accessReadMs = 5 * second;
export const maximumAccessReads = 12;

/** Doubling waits from 5 s to 2 min. */
export function backoffMs(attempt: number): number {
  return Math.min(5 * second * 2 ** Math.max(0, attempt - 1), 2 * minute);
}

/**
 * How long to wait before asking again how a script is doing: a tenth of the time it has been running, so that its end
 * is noticed within a tenth of its time. Azure lets a VM be read 12 times a minute with 36 saved up (facts/azure.md 2,
 * "Low Cost Get VM"); asking eagerly at first spends the savings where nearly all scripts end, and a test holds that
 * no run overdraws.
 */
export function pollIntervalMs(runningMs: number): number {
  return Math.min(Math.max(2.5 * second, Math.floor(runningMs / 10)), 15 * second);
}

/** How many runs may be at work at once, unless a setting says otherwise. More would share Azure's read limits too thinly. */
export const runsAtWork = 10;

/** How long a run that found every slot taken waits before it asks again, by how long it has been waiting. */
export function slotWaitMs(waitedMs: number): number {
  return Math.min(Math.max(10 * second, Math.floor(waitedMs / 4)), 2 * minute);
}
