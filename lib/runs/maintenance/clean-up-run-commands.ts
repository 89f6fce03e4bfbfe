import type { Run } from "../../core/run.ts";
import { type VmId, vmKey } from "../../core/vm-id.ts";
import type { GuestChannel, RunCommandLister, RunStore } from "../ports.ts";
import { isSpent } from "../spent-run-commands.ts";
import { type Leftovers, letOthersWork, sliceSize, workInParts } from "./slices.ts";

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

const leftovers: Leftovers = new WeakMap();

/**
 * Deletes the Run Commands that runs left behind, because a VM holds at most 25. A run deletes its own; these belong to
 * runs that gave up on theirs. The next sweep retries whatever cannot be read or deleted now. Thousands of VMs are searched in
 * parts, one each call.
 */
export async function sweepLeftovers(options: SweepOptions): Promise<void> {
  await workInParts(leftovers, options, async () => {
    const at = options.now().toISOString();
    const rested = new Date(Date.parse(at) + restMs).toISOString();
    return (await options.store.reserve("sweep", at, rested, at)) ? sweepAll(options) : null;
  });
}

async function* sweepAll(options: SweepOptions): AsyncGenerator<void> {
  const seen = new Set<string>();
  for await (const { vm } of recentRuns(options)) {
    if (seen.has(vmKey(vm))) continue;
    seen.add(vmKey(vm));
    await sweepVm(vm, options);
    yield;
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
  const held = await runCommands.list(vm);
  if (!held.ok) return;
  for (const one of held.value) if (await isSpent(one, store, now())) await channel.discard(vm, one.name);
}
