import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FleetOperation, TargetResult } from "../../lib/fleet/fleet-operation.ts";
import type { OperationStore } from "../../lib/fleet/ports.ts";
import { type Azurite, startAzurite } from "../fixtures/azurite.ts";
import { emptyStores } from "../fixtures/empty-stores.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { newOperation } from "../fleet/operations.ts";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.close());

function numbered(number: number, count = 3) {
  const at = new Date(Date.parse(fixtureTime) + number * 1000).toISOString();
  return newOperation(count, {}, { id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`, at });
}

function asEnded(operation: FleetOperation): FleetOperation {
  const { total } = operation;
  const outcome = { kind: "completed" as const, summary: `${total} VMs.` };
  return { ...operation, state: "ended", outcome, active: [], deferred: [] } as FleetOperation;
}

function resultOf(number: number, summary = "It is repaired."): TargetResult {
  return { number, kind: "repaired", summary, runId: null, startedAt: fixtureTime, endedAt: fixtureTime };
}

describe.each(emptyStores(() => azurite))("the OperationStore on $name", ({ open }) => {
  let folder: string;
  let opened: Awaited<ReturnType<typeof open>>;
  let store: OperationStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "operation-store-"));
    opened = await open(folder);
    store = opened.store;
  });
  afterEach(() => {
    opened.close();
    rmSync(folder, { recursive: true });
  });

  test("keeps an operation and its targets as they were given, once", async () => {
    const { operation, targets } = numbered(1, 1203);
    expect(await store.createOperation(operation, targets)).toBe("created");
    expect(await store.createOperation({ ...operation, selection: "others" }, targets.slice(1))).toBe("exists");
    expect(await store.getOperation(operation.id)).toMatchObject({ operation, version: 1 });
    expect(await store.targetsOf(operation.id, 0, 1203)).toEqual(targets);
    expect(await store.targetsOf(operation.id, 498, 503)).toEqual(targets.slice(498, 503));
    expect(await store.targetsOf(operation.id, 1200, 5000)).toEqual(targets.slice(1200));
    expect(await store.getOperation(numbered(2).operation.id)).toBeNull();
  });

  test("saves an operation with its results as one, or nothing of them", async () => {
    const { operation, targets } = numbered(1, 150);
    await store.createOperation(operation, targets);
    const changed = { ...operation, counts: { repaired: 2 } };
    expect(await store.saveOperation(changed, 1, [resultOf(0), resultOf(149)])).toBe("saved");
    expect(await store.saveOperation(operation, 1, [resultOf(1)])).toBe("conflict");
    expect(await store.getOperation(operation.id)).toMatchObject({ operation: changed, version: 2 });
    expect(await store.resultsOf(operation.id, 0, 150)).toEqual([resultOf(0), resultOf(149)]);
    expect(await store.resultsOf(operation.id, 1, 149)).toEqual([]);
    // More than one transaction of Azure Tables holds.
    const many = Array.from({ length: 140 }, (_, at) => resultOf(at + 5));
    expect(await store.saveOperation(changed, 2, many)).toBe("saved");
    expect(await store.resultsOf(operation.id, 5, 145)).toEqual(many);
  });

  test("of many savers of one version, one saves", async () => {
    const { operation, targets } = numbered(1);
    await store.createOperation(operation, targets);
    const saves = Array.from({ length: 10 }, (_, at) =>
      store.saveOperation({ ...operation, selection: `saver ${at}` }, 1, []),
    );
    expect((await Promise.all(saves)).filter((one) => one === "saved")).toHaveLength(1);
  });

  test("lists the newest first in pages, and the unfinished ones alone", async () => {
    for (const number of [1, 2, 3, 4, 5]) {
      const { operation, targets } = numbered(number);
      await store.createOperation(operation, targets);
      if (number % 2 === 0) await store.saveOperation(asEnded(operation), 1, []);
    }
    const listed: string[] = [];
    let after: string | null | undefined;
    while (after !== null) {
      const page = await store.listOperations({ limit: 2, ...(after && { after }) });
      listed.push(...page.operations.map(({ id }) => id));
      after = page.next;
    }
    expect(listed).toEqual([5, 4, 3, 2, 1].map((number) => numbered(number).operation.id));
    const { operations, next } = await store.listOperations({ unfinished: true, limit: 10 });
    expect(operations.map(({ id }) => id)).toEqual([5, 3, 1].map((number) => numbered(number).operation.id));
    expect(next).toBeNull();
  });

  test("removes an ended operation with all that is kept of it, and no other", async () => {
    for (const number of [1, 2]) await store.createOperation(numbered(number).operation, numbered(number).targets);
    const { operation } = numbered(1);
    await store.removeOperation(operation);
    expect(await store.getOperation(operation.id)).not.toBeNull();
    await store.saveOperation(asEnded(operation), 1, [resultOf(0)]);
    await store.removeOperation(operation);
    await store.removeOperation(operation);
    expect(await store.getOperation(operation.id)).toBeNull();
    expect(await store.targetsOf(operation.id, 0, 9)).toEqual([]);
    expect(await store.resultsOf(operation.id, 0, 9)).toEqual([]);
    expect((await store.listOperations({ limit: 9 })).operations).toEqual([numbered(2).operation]);
  });
});
