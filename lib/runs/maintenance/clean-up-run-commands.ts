import type { Run } from "../../core/run.ts";
import { type VmId, vmKey } from "../../core/vm-id.ts";
import type { GuestChannel, RunCommandLister, RunStore } from "../ports.ts";
import { notAfterMs, scriptTimeoutSeconds, slackMs } from "../timing.ts";

/** No Run Command of ours is of any use after this: the guest refuses it, its time-out has ended it, nobody awaits it. */
export const lifetimeMs = notAfterMs + Math.max(...Object.values(scriptTimeoutSeconds)) * 1000 + slackMs;

/** VMs that were worked on in this time are looked at... */
const memoryMs = 24 * 60 * 60_000;
/** ...and no more often than this, because each costs a call. */
const restMs = 60 * 60_000;

export interface SweepOptions {
  readonly store: Pick<RunStore, "get" | "list" | "reserve">;
  readonly runCommands: RunCommandLister;
  readonly channel: Pick<GuestChannel, "discard">;
  readonly now: () => Date;
}

/**
 * Deletes the Run Commands that runs left behind, because a VM holds 25 of them at most. A run deletes its own; these are
 * of runs that gave up on it. What cannot be read or deleted now is found again by a later sweep.
 */
export async function sweepLeftovers(options: SweepOptions): Promise<void> {
  const at = options.now().toISOString();
  const rested = new Date(Date.parse(at) + restMs).toISOString();
  if (!(await options.store.reserve("sweep", at, rested, at))) return;
  const seen = new Set<string>();
  for await (const { vm } of recentRuns(options)) {
    if (seen.has(vmKey(vm))) continue;
    seen.add(vmKey(vm));
    await sweepVm(vm, options);
  }
}

async function* recentRuns({ store, now }: SweepOptions): AsyncGenerator<Run> {
  const since = new Date(now().getTime() - memoryMs).toISOString();
  let after: string | undefined;
  do {
    const page = await store.list({ limit: 100, ...(after ? { after } : {}) });
    for (const run of page.runs) {
      if (run.createdAt < since) return;
      yield run;
    }
    after = page.next ?? undefined;
  } while (after);
}

async function sweepVm(vm: VmId, { store, runCommands, channel, now }: SweepOptions): Promise<void> {
  const found = await runCommands.leftovers(vm);
  if (!found.ok) return;
  for (const { name, startedAt } of found.value) {
    const since = startedAt ?? (await endOf(name, store));
    if (since !== null && Date.parse(since) + lifetimeMs <= now().getTime()) await channel.discard(vm, name);
  }
}

/** When the run ended that made a Run Command of which Azure tells no time; `null` while it has not, or is not known here. */
async function endOf(name: string, store: Pick<RunStore, "get">): Promise<string | null> {
  const runId = /^rdpfix-([0-9a-f-]{36})-/.exec(name)?.[1];
  const run = runId ? (await store.get(runId))?.run : undefined;
  return run?.state === "ended" ? run.updatedAt : null;
}
