import { beforeEach, describe, expect, test } from "vitest";
import { ok } from "../../../lib/core/problem.ts";
import type { Run } from "../../../lib/core/run.ts";
import { openSqliteStore, type SqliteStore } from "../../../lib/local/sqlite-store.ts";
import { type AlertPolicy, type FiredAlert, takeInAlert } from "../../../lib/runs/intake/alert-intake.ts";
import type { RunEngine } from "../../../lib/runs/ports.ts";
import { asEnded } from "../../fixtures/stored-run.ts";

const subscriptionId = "00000000-0000-4000-8000-000000000001";
const minute = 60_000;
const hour = 60 * minute;

function vm(name: string) {
  return { subscriptionId, resourceGroup: "rg-app", name };
}

function fired(key: string, changes: Partial<FiredAlert> = {}): FiredAlert {
  const alertId = `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts/${key}`;
  return {
    alertId,
    rule: "rdp is dead",
    key,
    cause: "log:rdp",
    vms: [vm("vm-app-01")],
    requestedLimits: {},
    ...changes,
  };
}

describe("taking in an alert", () => {
  let store: SqliteStore;
  let now: Date;
  let policy: AlertPolicy;
  let started: Run[];

  beforeEach(() => {
    store = openSqliteStore(":memory:");
    now = new Date("2026-11-21T08:10:00Z");
    started = [];
    policy = {
      scopes: [`/subscriptions/${subscriptionId}/resourceGroups/RG-App`],
      maximumRisk: "interrupts-sessions",
      untagged: "report",
      coolDownMs: hour,
      maximumVmsPerHour: 3,
    };
  });

  /** Stores runs as a real engine does, and works on none of them. */
  const engine: RunEngine = {
    async start(run) {
      if ((await store.create(run)) === "created") started.push(run);
      return ok(run);
    },
    get: () => Promise.reject(new Error("not called")),
    list: () => Promise.reject(new Error("not called")),
    signal: () => Promise.reject(new Error("not called")),
  };

  async function take(alert: FiredAlert) {
    const receipt = await takeInAlert(alert, { engine, store, policy, now: () => now });
    if (!receipt.ok) throw new Error(receipt.problem.message);
    return receipt.value;
  }

  async function finishAll() {
    for (const run of started) await store.save(asEnded(run, { alertReported: true }), 1);
  }

  test("starts one run that knows its alert and may do no more than the policy says", async () => {
    const { accepted } = await take(fired("a"));
    expect(accepted).toHaveLength(1);
    expect(started[0]).toMatchObject({
      intent: "repair",
      options: { maximumRisk: "interrupts-sessions", force: false },
      trigger: { kind: "alert", by: "rdp is dead", alert: { cause: "log:rdp", untagged: "report" } },
    });
  });

  test("fifty deliveries at once start one run, and all of them hear of it", async () => {
    const receipts = await Promise.all(Array.from({ length: 50 }, () => take(fired("a"))));
    expect(started).toHaveLength(1);
    for (const { accepted } of receipts) expect(accepted.map((one) => one.runId)).toEqual([started[0]?.id]);
  });

  test("a redelivery after the run has ended is still the same run", async () => {
    await take(fired("a"));
    await finishAll();
    now = new Date(now.getTime() + 5 * hour);
    expect((await take(fired("a"))).accepted).toHaveLength(1);
    expect(started).toHaveLength(1);
  });

  test("another alert waits while a run is at work on the VM", async () => {
    await take(fired("a"));
    const { ignored } = await take(fired("b", { cause: "vm-availability" }));
    expect(ignored[0]?.because).toContain(`Run ${started[0]?.id} is at work`);
  });

  test("alerts of many rules at once start one run on their VM, and take one place of the hour", async () => {
    const alerts = Array.from({ length: 30 }, (_, n) => fired(`a${n}`, { cause: `log:rule ${n}` }));
    const receipts = await Promise.all(alerts.map(take));
    expect(started).toHaveLength(1);
    expect(receipts.flatMap(({ accepted }) => accepted).map(({ runId }) => runId)).toEqual([started[0]?.id]);
    for (const { because } of receipts.flatMap(({ ignored }) => ignored)) expect(because).toMatch(/at work|just/);
    expect((await take(fired("b", { vms: [vm("vm-2"), vm("vm-3")] }))).accepted).toHaveLength(2);
  });

  test("a cause cools down on its VM; another cause does not wait for it", async () => {
    await take(fired("a"));
    await finishAll();
    now = new Date(now.getTime() + minute);
    expect((await take(fired("b"))).ignored[0]?.because).toContain("cools down");
    expect((await take(fired("c", { cause: "vm-availability" }))).accepted).toHaveLength(1);
    await finishAll();
    now = new Date(now.getTime() + hour);
    expect((await take(fired("d"))).accepted).toHaveLength(1);
  });

  test("the hour has a number of places, and a new hour has new ones", async () => {
    const names = ["vm-1", "vm-2", "vm-3", "vm-4"];
    const first = await take(fired("a", { vms: names.map(vm) }));
    expect(first.accepted).toHaveLength(3);
    expect(first.ignored[0]?.because).toContain("3 VMs this hour");
    // A redelivery takes no further place.
    expect((await take(fired("a", { vms: [vm("vm-2")] }))).accepted).toHaveLength(1);
    now = new Date("2026-11-21T09:00:00Z");
    expect((await take(fired("e", { vms: [vm("vm-4")] }))).ignored[0]?.because).toContain("cools down");
    expect((await take(fired("f", { vms: [vm("vm-5")] }))).accepted).toHaveLength(1);
  });

  test.each([
    ["another resource group", [`/subscriptions/${subscriptionId}/resourceGroups/rg-ap`]],
    [
      "a prefix that ends inside a name",
      [`/subscriptions/${subscriptionId}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-0`],
    ],
    ["nothing", []],
    ["an empty text", [""]],
  ])("a scope of %s lets no VM in", async (_, scopes) => {
    policy = { ...policy, scopes };
    expect((await take(fired("a"))).ignored[0]?.because).toContain("outside the scopes");
    expect(started).toEqual([]);
  });

  test("a rule may lower what is permitted, and never raise it", async () => {
    await take(fired("a", { requestedLimits: { maximumRisk: "low" } }));
    await take(fired("b", { requestedLimits: { maximumRisk: "replaces-keys" }, vms: [vm("vm-2")] }));
    await take(fired("c", { requestedLimits: { mode: "report" }, vms: [vm("vm-3")] }));
    expect(started.map((run) => [run.intent, run.options.maximumRisk])).toEqual([
      ["repair", "low"],
      ["repair", "interrupts-sessions"],
      ["diagnose", "interrupts-sessions"],
    ]);
    expect((await take(fired("d", { requestedLimits: { mode: "off" }, vms: [vm("vm-4")] }))).ignored).toHaveLength(1);
  });
});
