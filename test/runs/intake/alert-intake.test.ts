import { beforeEach, describe, expect, test } from "vitest";
import { ok } from "../../../lib/core/problem.ts";
import type { Run } from "../../../lib/core/run.ts";
import type { VmId } from "../../../lib/core/vm-id.ts";
import { openSqliteStore, type SqliteStore } from "../../../lib/local/sqlite-store.ts";
import {
  type AlertIntakeOptions,
  type AlertPolicy,
  type FiredAlert,
  takeInAlert,
} from "../../../lib/runs/intake/alert-intake.ts";
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
  /** Names of VMs that do not exist. */
  let ghosts: string[];

  beforeEach(() => {
    store = openSqliteStore(":memory:");
    now = new Date("2026-11-21T08:10:00Z");
    started = [];
    ghosts = [];
    policy = {
      scopes: [`/subscriptions/${subscriptionId}/resourceGroups/RG-App`],
      maximumRisk: "interrupts-sessions",
      untagged: "report",
      coolDownMs: hour,
      maximumVmsPerHour: 3,
      maximumRunsPerVm: 3,
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

  const tagReader = { tagsOf: async ({ name }: VmId) => ok(ghosts.includes(name) ? null : {}) };

  async function take(alert: FiredAlert) {
    const receipt = await takeInAlert(alert, { engine, store, tagReader, policy, now: () => now });
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
    expect((await take(fired("f", { vms: [vm("vm-5")] }))).accepted).toHaveLength(1);
  });

  test("a firing that started nothing mutes nothing: neither by cool-down nor by the VM's turn", async () => {
    await take(fired("a", { vms: ["vm-1", "vm-2", "vm-3"].map(vm) }));
    expect((await take(fired("b", { vms: [vm("vm-4")] }))).ignored[0]?.because).toContain("this hour");
    now = new Date("2026-11-21T09:00:00Z");
    expect((await take(fired("c", { vms: [vm("vm-4")] }))).accepted).toHaveLength(1);
  });

  test("a VM that cools down takes no place of a new hour", async () => {
    const names = ["vm-1", "vm-2", "vm-3"];
    await take(fired("a", { vms: names.map(vm) }));
    await finishAll();
    now = new Date("2026-11-21T09:00:00Z");
    expect((await take(fired("b", { vms: names.map(vm) }))).accepted).toEqual([]);
    expect((await take(fired("c", { vms: ["vm-4", "vm-5", "vm-6"].map(vm) }))).accepted).toHaveLength(3);
  });

  test("VMs that do not exist take no place, and nothing starts on them", async () => {
    ghosts = Array.from({ length: 25 }, (_, n) => `ghost-${n}`);
    const { accepted, ignored } = await take(fired("a", { vms: [...ghosts, "vm-1", "vm-2", "vm-3"].map(vm) }));
    expect(accepted.map(({ vm: id }) => id.split("/").at(-1))).toEqual(["vm-1", "vm-2", "vm-3"]);
    expect(ignored).toHaveLength(25);
    expect(ignored[0]?.because).toBe("There is no such VM.");
  });

  test("made-up causes start a limited number of runs on one VM in an hour", async () => {
    for (let n = 0; n < 6; n += 1) {
      await take(fired(`a${n}`, { cause: `metric:made-up-${n}` }));
      await finishAll();
      now = new Date(now.getTime() + minute);
    }
    expect(started).toHaveLength(3);
    expect((await take(fired("z", { cause: "other" }))).ignored[0]?.because).toContain("3 runs on it this hour");
    now = new Date("2026-11-21T09:00:00Z");
    expect((await take(fired("y", { cause: "one more" }))).accepted).toHaveLength(1);
  });

  test("access rules refuse what no rule lets alerts do, before anything is reserved", async () => {
    const permits: AlertIntakeOptions["permits"] = (intent, { name }) => intent === "diagnose" && name === "vm-1";
    const options = { engine, store, tagReader, policy, permits, now: () => now };
    const because = async (alert: FiredAlert) => {
      const receipt = await takeInAlert(alert, options);
      return receipt.ok ? receipt.value.ignored.map((one) => one.because) : [];
    };
    const report = { mode: "report" } as const;
    expect(await because(fired("a", { vms: [vm("vm-2")], requestedLimits: report }))).toEqual([
      "No access rule lets alerts diagnose it.",
    ]);
    expect(await because(fired("b", { vms: [vm("vm-1")] }))).toEqual(["No access rule lets alerts repair it."]);
    expect(await because(fired("c", { vms: [vm("vm-1")], requestedLimits: report }))).toEqual([]);
    expect(started.map(({ intent }) => intent)).toEqual(["diagnose"]);
  });

  test("only the state of an alert within the scopes is changed", async () => {
    const other = "00000000-0000-4000-8000-000000000002";
    const foreign = `/subscriptions/${other}/providers/Microsoft.AlertsManagement/alerts/x`;
    expect((await take(fired("a"))).notes).toEqual([]);
    const { notes } = await take(fired("b", { alertId: foreign, vms: [vm("vm-2")] }));
    expect(notes).toEqual([expect.stringContaining("its state is left alone")]);
    expect(started.map(({ alertReported }) => alertReported)).toEqual([false, true]);
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
