import type { Run } from "../../core/run.ts";
import { type VmId, vmKey } from "../../core/vm-id.ts";
import type { GuestChannel, RunCommandLister, RunStore } from "../ports.ts";
import { readStoredRun } from "../read-stored-run.ts";
import { notAfterMs, scriptTimeoutSeconds, slackMs } from "../timing.ts";
import { letOthersWork, sliceSize } from "./slices.ts";

/**
 * After this time a Run Command of ours is useless: the guest refuses it, its time-out has ended it, and no run awaits
 * it.
 */
export const lifetimeMs = notAfterMs + Math.max(...Object.values(scriptTimeoutSeconds)) * 1000 + slackMs;

/** VMs with runs in this period are searched... */
const memoryMs = 24 * 60 * 60_000;
/** ...and no more often than this, because each search costs a call. */
const restMs = 60 * 60_000;

export interface SweepOptions {
  readonly store: Pick<RunStore, "get" | "list" | "reserve">;
  readonly runCommands: RunCommandLister;
  readonly channel: Pick<GuestChannel, "discard">;
  readonly now: () => Date;
}

/**
 * Deletes the Run Commands that runs left behind, because a VM holds at most 25. A run deletes its own; these belong to
 * runs that gave up on theirs. The next sweep retries whatever cannot be read or deleted now.
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
    const page = await store.list({ limit: sliceSize, ...(after ? { after } : {}) });
    for (const run of page.runs) {
      if (run.createdAt < since) return;
      yield run;
    }
    await letOthersWork();
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

/**
 * The end of the run that created a Run Command for which Azure reports no time; `null` when the run has not ended, or
 * is not known here, or cannot be read.
 */
async function endOf(name: string, store: Pick<RunStore, "get">): Promise<string | null> {
  const runId = /^rdpfix-([0-9a-f-]{36})-/.exec(name)?.[1];
  const stored = runId ? await readStoredRun(store, runId) : null;
  return stored?.ok && stored.value.run.state === "ended" ? stored.value.run.updatedAt : null;
}
