import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { createAlertReceiver } from "../../lib/http/alert-receiver.ts";
import type { AlertPolicy } from "../../lib/runs/alert-intake.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";

const policy: AlertPolicy = {
  scopes: [`/subscriptions/${sandboxSubscription}`],
  maximumRisk: "interrupts-sessions",
  untagged: "report",
  coolDownMs: 3_600_000,
  maximumVmsPerHour: 20,
};

/** Every documented type of alert that names its VM. */
const samples = [
  "metric-vm-availability",
  "metric-single-resource",
  "metric-dynamic-threshold",
  "log-v2-workspace",
  "activity-log-restart",
  "resource-health",
  "connection-monitor",
];

let service: SandboxService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

/** A broken VM whose owner says what alerts may do with it. */
async function serve(mode?: string) {
  const world = readWorld("renew-rdp-certificate");
  const tags: Record<string, string> = mode ? { "rdp-remediation": mode } : {};
  const vms = world.vms.map((vm) => ({ ...vm, tags }));
  const served = await serveWorld({ ...world, vms, runCommand: { ...world.runCommand, seconds: 0.05 } }, "modelled");
  service = served;
  const { engine, store, clock } = served;
  const receive = createAlertReceiver({ engine, store, policy, now: () => clock.now() });
  return { served, receive };
}

function sample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/alerts/${name}.json`, import.meta.url), "utf8"));
}

describe("an alert of Azure Monitor", () => {
  test.each(samples)("%s takes a tagged VM to a repaired one, and hears of it", async (name) => {
    const { served, receive } = await serve("repair");
    const received = await receive(sample(name));
    if ("code" in received) throw new Error(received.message);
    const [run] = received.accepted;
    if (!run) throw new Error(received.ignored[0]?.because);
    const ended = await served.engine.settled(run.runId);
    expect(ended.outcome?.kind).toBe("repaired");
    const [told] = [...served.sandbox.alerts.values()];
    expect(told).toMatchObject({ id: ended.trigger.alert?.id, state: "Closed" });
    expect(told?.comments[0]).toContain(run.runId);
  });

  test("only reports on a VM whose owner has said nothing", async () => {
    const { served, receive } = await serve();
    const received = await receive(sample("metric-vm-availability"));
    if ("code" in received) throw new Error(received.message);
    const ended = await served.engine.settled(received.accepted[0]?.runId ?? "");
    expect(ended).toMatchObject({ intent: "diagnose", outcome: { kind: "advised" }, receipts: [] });
  });

  test("delivered fifty times at once starts one run", async () => {
    const { served, receive } = await serve("repair");
    const receipts = await Promise.all(Array.from({ length: 50 }, () => receive(sample("log-v2-workspace"))));
    const runs = new Set(receipts.flatMap((one) => ("code" in one ? [] : one.accepted.map(({ runId }) => runId))));
    expect(runs.size).toBe(1);
    const [run] = runs;
    await served.engine.settled(run ?? "");
    expect(served.sandbox.scriptRuns.map(({ step }) => step)).toEqual(["collect-1", "apply-2"]);
    expect((await served.engine.list({ limit: 10 })).runs).toHaveLength(1);
  });

  test("that names no VM, or will never be acceptable, starts nothing", async () => {
    const { served, receive } = await serve("repair");
    expect(await receive(sample("cost-budget"))).toMatchObject({ accepted: [] });
    expect(await receive(sample("metric-not-common"))).toMatchObject({ code: "invalid-input", retryable: false });
    expect((await served.engine.list({ limit: 10 })).runs).toEqual([]);
  });
});
