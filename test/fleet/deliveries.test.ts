import { expect, test } from "vitest";
import { composeFleetStepper } from "../../lib/compose-fleet.ts";
import { fail } from "../../lib/core/problem.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createDeliveries } from "../../lib/notifications/deliveries.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { aReceiver, publicUrl } from "../notifications/samples.ts";
import { newOperation } from "./operations.ts";

test("what happens to an operation is stored for its receivers together with it", async () => {
  const store = openSqliteStore(":memory:");
  const { operation, targets } = newOperation(2);
  await store.createOperation(operation, targets);
  const onFailure = (error: unknown) => {
    throw error;
  };
  const nothing = async () => fail("internal", "No run starts in this test.");
  const stepper = composeFleetStepper(
    { runsAtWork: 10, access: null, api: { allowSelfApproval: false } } as Parameters<typeof composeFleetStepper>[0],
    {
      store,
      engine: { get: nothing, signal: nothing, start: nothing, list: async () => ({ runs: [], next: null }) },
      service: { start: nothing } as never,
      budget: { allowanceOf: () => ({ reads: null, writes: null, deletes: null, blockedUntil: 0 }) },
      now: () => new Date(fixtureTime),
      deliveriesOf: createDeliveries({ receivers: [aReceiver()], publicUrl, onFailure }).ofOperation,
    },
  );
  await stepper.signal(operation.id, { kind: "pause", by: "ada" });
  await stepper.signal(operation.id, { kind: "resume", by: "ada" });
  await stepper.signal(operation.id, { kind: "cancel", by: "ada" });
  const pending = await store.pendingDeliveries();
  expect(pending.map(({ event, subject }) => [JSON.parse(event).type, subject])).toEqual([
    ["rdp-remediation.operation.paused", operation.id],
    ["rdp-remediation.operation.ended", operation.id],
  ]);
  store.close();
});
