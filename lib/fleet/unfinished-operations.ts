import type { FleetOperation } from "./fleet-operation.ts";
import type { OperationStore } from "./ports.ts";

/** All operations that have not ended, newest first. */
export async function* unfinishedOperations(
  store: Pick<OperationStore, "listOperations">,
): AsyncGenerator<FleetOperation> {
  let after: string | undefined;
  do {
    const page = await store.listOperations({ unfinished: true, limit: 50, ...(after ? { after } : {}) });
    yield* page.operations;
    after = page.next ?? undefined;
  } while (after);
}
