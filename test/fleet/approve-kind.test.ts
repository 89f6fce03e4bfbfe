import { afterEach, beforeEach, expect, test } from "vitest";
import { AccessRules } from "../../lib/access/access-rules.ts";
import { composeFleetStepper } from "../../lib/compose-fleet.ts";
import { fail, ok } from "../../lib/core/problem.ts";
import type { Run } from "../../lib/core/run.ts";
import { vmKey } from "../../lib/core/vm-id.ts";
import type { FleetOperation, Member } from "../../lib/fleet/fleet-operation.ts";
import { planGroupOf } from "../../lib/fleet/plan-group.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import type { Signal } from "../../lib/runs/ports.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { storedRun } from "../fixtures/stored-run.ts";
import { newOperation, subscriptions } from "./operations.ts";

/* An approval of all plans of one kind, passed on to the run of one VM: by the rules of its approver on this VM. */

const approver = "00000000-0000-4000-8000-0000000000aa";
const requester = "00000000-0000-4000-8000-0000000000bb";

let store: SqliteStore;
beforeEach(() => {
  store = openSqliteStore(":memory:");
});
afterEach(() => store.close());

const rulesFor = (resourceGroup: string) =>
  AccessRules.parse({
    rules: [
      {
        name: "approvers",
        who: [{ objectId: approver }],
        may: ["approve"],
        on: [{ scope: `/subscriptions/${subscriptions[1]}/resourceGroups/${resourceGroup}` }],
      },
    ],
  });

/** The signals that the run gets when its kind of plan was decided about. */
async function passedOn(
  decided: { approved?: boolean; objectId?: string; fingerprint?: string },
  { access = null, edit = {} }: { access?: AccessRules | null; edit?: Partial<Run> } = {},
): Promise<Signal[]> {
  const { operation, targets } = newOperation(1, { canary: 0, waves: [100] }, { objectId: requester });
  const trigger = { kind: "http", by: "somebody", objectId: requester };
  const run = storedRun(1, {
    state: "awaiting-approval",
    intent: "repair",
    vm: targets[0]?.vm,
    trigger,
    ...edit,
  });
  if (run.state !== "awaiting-approval") throw new Error("The run of this test waits.");
  const plan = planGroupOf(run.plan);
  const [target] = targets;
  if (!target) throw new Error("The operation of this test has a VM.");
  const member: Member = {
    ...target,
    number: 0,
    lane: 0,
    wave: 0,
    runId: run.id,
    phase: "parked",
    admittedAt: fixtureTime,
    lookAt: "2027-01-01T00:00:00.000Z",
    busySince: null,
    plan,
    signalled: false,
  };
  const { approved = true, objectId = approver, fingerprint = plan.fingerprint } = decided;
  const decision = {
    fingerprint,
    approved,
    by: "an approver",
    objectId,
    principals: [`objectId:${objectId}`],
    at: fixtureTime,
  };
  const waiting: FleetOperation = {
    ...operation,
    active: [member],
    cursors: [1],
    decisions: [decision],
  } as FleetOperation;
  await store.createOperation(waiting, targets);
  const signals: Signal[] = [];
  const stepper = composeFleetStepper(
    { runsAtWork: 10, access, api: { allowSelfApproval: false } } as Parameters<typeof composeFleetStepper>[0],
    {
      store,
      engine: {
        get: async () => ok(run),
        signal: async (_: string, signal: Signal) => {
          signals.push(signal);
          return ok(run);
        },
        start: async () => fail("internal", "No run starts in this test."),
        list: async () => ({ runs: [], next: null }),
      },
      service: { start: async () => fail("internal", "No run starts in this test.") } as never,
      budget: { allowanceOf: () => ({ reads: null, writes: null, deletes: null, blockedUntil: 0 }) },
      now: () => new Date(fixtureTime),
    },
  );
  await stepper.step(waiting.id);
  expect(vmKey(run.vm)).toBe(vmKey(target.vm));
  return signals;
}

test("reaches a run whose plan is of the kind", async () => {
  expect(await passedOn({})).toMatchObject([{ kind: "decide", approved: true, by: "an approver" }]);
});

test("does not reach a run on whose VM the approver may not approve; a rejection does", async () => {
  expect(await passedOn({}, { access: rulesFor("rg-app") })).toHaveLength(1);
  store.close();
  store = openSqliteStore(":memory:");
  expect(await passedOn({}, { access: rulesFor("rg-other") })).toEqual([]);
  store.close();
  store = openSqliteStore(":memory:");
  expect(await passedOn({ approved: false }, { access: rulesFor("rg-other") })).toMatchObject([{ approved: false }]);
});

test("is nobody's about a run that they asked for themselves", async () => {
  expect(await passedOn({ objectId: requester })).toEqual([]);
});
