import { z } from "zod";
import { RunId } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import { type FleetOperation, resultKinds } from "./fleet-operation.ts";
import type { OperationStore } from "./ports.ts";

const time = z.iso.datetime();

/** What became of one VM of an operation. */
export const ResultRow = z.strictObject({
  vm: z.string().describe("Resource id."),
  region: z.string().nullable(),
  result: z
    .enum([...resultKinds, "waiting", "starting", "at-work", "parked", "not-started"])
    .describe("The outcome, or where the VM stands; `not-started`: the operation has ended before."),
  summary: z.string(),
  runId: RunId.nullable(),
  startedDateTime: time.nullable(),
  endedDateTime: time.nullable(),
});
export type ResultRow = z.infer<typeof ResultRow>;

const pageSize = 500;

/** The rows `from` up to, not including, `to`, in the order in which the VMs are worked on. */
export async function resultRows(
  store: Pick<OperationStore, "targetsOf" | "resultsOf">,
  { id, state, active }: FleetOperation,
  from: number,
  to: number,
): Promise<ResultRow[]> {
  const targets = await store.targetsOf(id, from, to);
  const results = new Map((await store.resultsOf(id, from, to)).map((one) => [one.number, one]));
  const members = new Map(active.map((one) => [one.number, one]));
  return targets.map(({ vm, location }, at) => {
    const result = results.get(from + at);
    const member = members.get(from + at);
    const open = state === "ended" ? "not-started" : (member?.phase ?? "waiting");
    return {
      vm: formatVmId(vm),
      region: location,
      result: result?.kind ?? open,
      summary: result?.summary ?? "",
      runId: result?.runId ?? member?.runId ?? null,
      startedDateTime: result?.startedAt ?? member?.admittedAt ?? null,
      endedDateTime: result?.endedAt ?? null,
    };
  });
}

/** All rows, read in pages. */
export async function* allResultRows(
  store: Pick<OperationStore, "targetsOf" | "resultsOf">,
  operation: FleetOperation,
): AsyncGenerator<ResultRow> {
  for (let from = 0; from < operation.total; from += pageSize) {
    yield* await resultRows(store, operation, from, Math.min(from + pageSize, operation.total));
  }
}
