import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Outbox } from "../../lib/core/delivery.ts";
import type { OperationStore } from "../../lib/fleet/ports.ts";
import type { RunStore } from "../../lib/runs/ports.ts";
import { type Azurite, startAzurite } from "../fixtures/azurite.ts";
import { emptyStores } from "../fixtures/empty-stores.ts";
import { asEnded, storedRun } from "../fixtures/stored-run.ts";
import { newOperation } from "../fleet/operations.ts";
import { delivery } from "../notifications/samples.ts";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.close());

type Store = RunStore & OperationStore & Outbox;

describe.each(emptyStores(() => azurite))("the outbox in $name", ({ open }) => {
  let folder: string;
  let store: Store;
  let close: () => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "outbox-"));
    ({ store, close } = await open(folder));
  });
  afterEach(() => {
    close();
    rmSync(folder, { recursive: true });
  });

  const pending = async () =>
    (await store.pendingDeliveries()).map(({ receiver, sequence }) => `${receiver} ${sequence}`).sort();

  test("a delivery is written with the run that it is about, and not without it", async () => {
    const run = storedRun(1);
    await store.create(run);
    expect(await store.save(asEnded(run), 1, [delivery("a", 1, 200), delivery("b", 1, 200)])).toBe("saved");
    expect(await store.save(asEnded(run), 1, [delivery("a", 1, 300)])).toBe("conflict");
    expect(await pending()).toEqual(["a 200", "b 200"]);
    expect(await store.pendingDeliveries()).toContainEqual(
      expect.objectContaining({ ...delivery("a", 1, 200), attempts: 0, notBefore: null, firstAttemptAt: null }),
    );
  });

  test("and with an operation, and not without it", async () => {
    const { operation, targets } = newOperation(2);
    await store.createOperation(operation, targets);
    expect(await store.saveOperation(operation, 1, [], [delivery("a", 2, 200)])).toBe("saved");
    expect(await store.saveOperation(operation, 1, [], [delivery("a", 2, 300)])).toBe("conflict");
    expect(await pending()).toEqual(["a 200"]);
  });

  test("of those who read a delivery at once one saves its progress", async () => {
    const run = storedRun(1);
    await store.create(run);
    await store.save(run, 1, [delivery("a", 1, 200)]);
    const [read] = await store.pendingDeliveries();
    if (!read) throw new Error("There is no delivery.");
    const progress = { attempts: 1, notBefore: "2026-11-21T08:01:00.000Z", firstAttemptAt: "2026-11-21T08:00:00.000Z" };
    const saved = await Promise.all([1, 2, 3].map(() => store.saveDelivery(read, progress)));
    const [winner, ...others] = saved.filter((one) => one !== null);
    expect(others).toEqual([]);
    expect(await store.pendingDeliveries()).toEqual([winner]);
    expect(winner).toMatchObject({ ...delivery("a", 1, 200), ...progress });
    if (!winner) throw new Error("Nobody saved it.");
    // It has the present revision, and may be saved again.
    expect(await store.saveDelivery(winner, { ...progress, notBefore: null })).toMatchObject({
      attempts: 1,
      notBefore: null,
    });
  });

  test("what was removed is gone, and cannot be saved", async () => {
    const run = storedRun(1);
    await store.create(run);
    await store.save(run, 1, [delivery("a", 1, 200), delivery("a", 1, 201)]);
    const [first] = await store.pendingDeliveries();
    if (!first) throw new Error("There is no delivery.");
    await store.removeDelivery(first);
    await store.removeDelivery(first);
    expect(await store.saveDelivery(first, { attempts: 1, notBefore: null, firstAttemptAt: null })).toBeNull();
    expect(await store.pendingDeliveries()).toHaveLength(1);
  });

  test("deliveries appear in no list, and outlive their run", async () => {
    const run = storedRun(1);
    await store.create(run);
    await store.save(asEnded(run, { alertReported: true }), 1, [delivery("a", 1, 200)]);
    expect((await store.list({ limit: 10 })).runs).toHaveLength(1);
    expect((await store.list({ limit: 10, unfinished: true })).runs).toEqual([]);
    await store.remove(run);
    expect(await store.get(run.id)).toBeNull();
    expect(await pending()).toEqual(["a 200"]);
  });
});
