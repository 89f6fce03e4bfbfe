import type { RunStore } from "../runs/ports.ts";
import type { OperationStore } from "./ports.ts";

const dayMs = 24 * 60 * 60_000;
const restMs = 60 * 60_000;

/** Deletes operations that ended so many days ago, at most once an hour. Their runs have a retention of their own. */
export async function forgetOldOperations({
  store,
  keepRunsDays,
  now,
  purge,
}: {
  readonly store: Pick<OperationStore, "listOperations" | "removeOperation"> & Pick<RunStore, "reserve">;
  readonly keepRunsDays: number;
  readonly now: () => Date;
  /** Deletes what the engine keeps of an operation besides the store; absent: nothing. Repeating it is harmless. */
  readonly purge?: (operationId: string) => Promise<void>;
}): Promise<void> {
  const at = now();
  const rested = new Date(at.getTime() + restMs).toISOString();
  if (!(await store.reserve("operation-retention", at.toISOString(), rested, at.toISOString()))) return;
  let after: string | undefined;
  do {
    const page = await store.listOperations({ limit: 50, ...(after ? { after } : {}) });
    for (const operation of page.operations) {
      const isOld = Date.parse(operation.updatedAt) + keepRunsDays * dayMs <= at.getTime();
      if (operation.state !== "ended" || !isOld) continue;
      await purge?.(operation.id);
      await store.removeOperation(operation);
    }
    after = page.next ?? undefined;
  } while (after);
}
