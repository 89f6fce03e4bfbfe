import type { HeldRunCommand, RunStore } from "./ports.ts";
import { readStoredRun } from "./read-stored-run.ts";
import { notAfterMs, scriptTimeoutSeconds, slackMs } from "./timing.ts";

/**
 * After this time a Run Command of ours is useless: the guest refuses it, its time-out has ended it, and no run awaits
 * it.
 */
export const lifetimeMs = notAfterMs + Math.max(...Object.values(scriptTimeoutSeconds)) * 1000 + slackMs;

/**
 * Whether a Run Command may be deleted: it is ours, and its deadline is over; or it has ended, and so has its run, which
 * reads its reply no more. Another installation may still read the reply of one whose run is not known here.
 */
export async function isSpent(held: HeldRunCommand, store: Pick<RunStore, "get">, now: Date): Promise<boolean> {
  if (!held.isOurs) return false;
  const deadline = held.deadline ?? lifetimeAfter(held.startedAt);
  if (deadline !== null && Date.parse(deadline) <= now.getTime()) return true;
  if (deadline !== null && !held.hasEnded) return false;
  const [, runId, step] = /^rdpfix-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(.+)$/.exec(held.name) ?? [];
  const stored = runId ? await readStoredRun(store, runId) : null;
  if (!stored?.ok) return false;
  const { run } = stored.value;
  const entry = run.cleanup.find((one) => one.step === step);
  // Its reply was read: only its deletion is left.
  if (entry && entry.awaitUntil === null) return true;
  if (run.state !== "ended" || entry) return false;
  return held.hasEnded || Date.parse(lifetimeAfter(run.updatedAt) ?? "") <= now.getTime();
}

function lifetimeAfter(time: string | null): string | null {
  return time === null ? null : new Date(Date.parse(time) + lifetimeMs).toISOString();
}
