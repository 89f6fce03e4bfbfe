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

/** What Azure may need on top of the script's own time before its result shows. */
export const slackMs = 2 * minute;

/** How often one effect is tried before the run gives up, when the problem says that a retry may help. */
export const maximumAttempts = 8;

/** After a restart the agent needs minutes to come back: more, evenly spaced attempts. */
export const maximumAttemptsAfterRestart = 40;
export const settleMs = 15 * second;

/** How often the VM may be found changed between diagnosis and apply before the run gives up. */
export const maximumReplans = 2;

/** How long a plan waits for its decision. The guest checks every precondition again, however late it comes. */
export const decisionMs = 24 * 60 * minute;

/** A relaxed setting that cannot be restored is tried for so long: a VM may be stopped for weeks. */
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
