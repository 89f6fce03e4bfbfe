import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { AlertIntake } from "../../lib/http/responses.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { type Answered, type ServedApi, serveApi } from "../fixtures/served-api.ts";

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
let server: ServedApi | undefined;
afterEach(async () => {
  await server?.close();
  await service?.close();
  server = service = undefined;
});

/** A broken VM whose owner says what alerts may do with it. */
async function serve(mode?: string) {
  const world = readWorld("renew-rdp-certificate");
  const tags: Record<string, string> = mode ? { "rdp-remediation": mode } : {};
  const vms = world.vms.map((vm) => ({ ...vm, tags }));
  const served = await serveWorld({ ...world, vms }, "modelled");
  service = served;
  server = await serveApi(served, { RDP_REMEDIATION_ALERT_SCOPES: `/subscriptions/${sandboxSubscription}` });
  const actionGroup = await server.clientOf(served.sandbox.clients.actionGroup);
  return { served, receive: (alert: unknown) => actionGroup("/api/alerts", alert) };
}

function sample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/alerts/${name}.json`, import.meta.url), "utf8"));
}

/** The runs that an answer accepted. */
function runsOf({ status, json }: Answered): string[] {
  expect(status).toBe(202);
  return AlertIntake.parse(json).accepted.map(({ runId }) => runId);
}

describe("an alert of Azure Monitor", () => {
  test.each(samples)("%s takes a tagged VM to a repaired one, and hears of it", async (name) => {
    const { served, receive } = await serve("repair");
    const [runId = ""] = runsOf(await receive(sample(name)));
    const ended = await served.engine.settled(runId);
    expect(ended.outcome?.kind).toBe("repaired");
    const [told] = [...served.sandbox.alerts.values()];
    expect(told).toMatchObject({ id: ended.trigger.alert?.id, state: "Closed" });
    expect(told?.comments[0]).toContain(runId);
  });

  test("only reports on a VM whose owner has said nothing", async () => {
    const { served, receive } = await serve();
    const [runId = ""] = runsOf(await receive(sample("metric-vm-availability")));
    const ended = await served.engine.settled(runId);
    expect(ended).toMatchObject({ intent: "diagnose", outcome: { kind: "advised" }, receipts: [] });
  });

  test("delivered fifty times at once starts one run", async () => {
    const { served, receive } = await serve("repair");
    const receipts = await Promise.all(Array.from({ length: 50 }, () => receive(sample("log-v2-workspace"))));
    const runs = new Set(receipts.flatMap(runsOf));
    expect(runs.size).toBe(1);
    const [runId = ""] = runs;
    await served.engine.settled(runId);
    expect(served.sandbox.scriptRuns.map(({ step }) => step)).toEqual(["collect-1", "apply-2"]);
    expect((await served.engine.list({ limit: 10 })).runs).toHaveLength(1);
  });

  test("that names no VM, or will never be acceptable, starts nothing", async () => {
    const { served, receive } = await serve("repair");
    expect(runsOf(await receive(sample("cost-budget")))).toEqual([]);
    expect(await receive(sample("metric-not-common"))).toMatchObject({ status: 400 });
    expect((await served.engine.list({ limit: 10 })).runs).toEqual([]);
  });
});
