import { setDefaultCACertificates } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { composeNotifications } from "../../lib/compose-notifications.ts";
import type { Run } from "../../lib/core/run.ts";
import { createDeliveries } from "../../lib/notifications/deliveries.ts";
import type { NotificationEvent } from "../../lib/notifications/event.ts";
import { readWorld, type SandboxService, serveWorld, signInTo } from "../fixtures/sandbox-service.ts";
import { publicUrl, receivers } from "../notifications/samples.ts";

/*
 * The whole way of a notification: a run on the real SDKs, the outbox, real requests over TLS to receivers that check what they get.
 */

let service: SandboxService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function rig(changes: Record<string, object> = {}) {
  // The receivers stand in the sandbox, whose address is known when it serves; only then anything is sent.
  const given = { receivers: receivers({ name: "later", kind: "webhook", url: "https://127.0.0.1" }) };
  const failures: unknown[] = [];
  const deliveriesOf = (...args: Parameters<ReturnType<typeof createDeliveries>["ofRun"]>) =>
    createDeliveries({ ...given, publicUrl, onFailure: (error) => failures.push(error) }).ofRun(...args);
  const served = await serveWorld(readWorld("renew-rdp-certificate"), "modelled", { deliveriesOf });
  service = served;
  const { sandbox, store, clock } = served;
  const at = `${sandbox.endpoint}/receivers`;
  given.receivers = receivers(
    {
      name: "webhook",
      kind: "webhook",
      url: `${at}/webhook/webhook`,
      signing: [{ secret: "key" }],
      ...changes.webhook,
    },
    { name: "teams", kind: "teams", url: { secret: "teams-url" }, ...changes.teams },
    { name: "slack", kind: "slack", url: `${at}/slack/slack`, ...changes.slack },
    {
      name: "mail",
      kind: "email",
      endpoint: `${at}/mail`,
      from: "rdp@contoso.example",
      to: ["desk@contoso.example"],
      ...changes.mail,
    },
  );
  const log: string[] = [];
  const secrets = { key: sandbox.receivers.signingSecret, "teams-url": `${at}/teams/teams` };
  const notifications = await composeNotifications(
    { notifications: { receivers: given.receivers, secrets, publicUrl } },
    { store, credential: signInTo(sandbox, "remediator"), now: () => clock.now(), log: (line) => log.push(line) },
  );
  if (!notifications) throw new Error("There are no notifications.");
  setDefaultCACertificates([sandbox.caPem]);
  const { dispatcher } = notifications;
  /** Passes with time between them, until nothing more is due soon. */
  async function deliver(passes = 4): Promise<void> {
    for (let pass = 0; pass < passes; pass += 1) {
      await dispatcher.pass();
      await clock.during(clock.sleep(70_000));
    }
  }
  const received = (kind: string) => sandbox.receivers.received.filter((one) => one.kind === kind);
  return { served, sandbox, store, deliver, received, log, failures, dispatcher };
}

async function waitingRun({ service: runs, engine }: SandboxService, id: string): Promise<Run> {
  const [vm] = readWorld("renew-rdp-certificate").vms;
  if (!vm) throw new Error("The world has no VM.");
  const started = await runs.start({
    id,
    vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: vm.resourceGroup, name: vm.name },
    intent: "repair",
    options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
    trigger: { kind: "http", by: "ada" },
  });
  if (!started.ok) throw new Error(started.problem.message);
  return engine.settled(id);
}

async function reject({ engine }: SandboxService, { id, plan }: Run): Promise<void> {
  await engine.signal(id, { kind: "decide", approved: false, by: "grace", planHash: plan?.hash ?? "" });
  await engine.settled(id);
}

const id = "6f1f2ad8-7c0b-4e0e-9d0a-0c1d2e3f4a5b";
const typesOf = (bodies: readonly { body: unknown }[]) => bodies.map(({ body }) => (body as NotificationEvent).type);

describe("notifications of a run", () => {
  test("reach a webhook with a signature, Teams, Slack and mail: the plan that waits, then the end", async () => {
    const { served, received, deliver, store, log, failures } = await rig();
    const waiting = await waitingRun(served, id);
    expect(waiting.state).toBe("awaiting-approval");
    await deliver();
    await served.engine.signal(id, { kind: "decide", approved: true, by: "grace", planHash: waiting.plan?.hash ?? "" });
    expect((await served.engine.settled(id)).outcome?.kind).toBe("repaired");
    await deliver();
    expect([log, failures, await store.pendingDeliveries()]).toEqual([[], [], []]);
    expect(typesOf(received("webhook"))).toEqual(["rdp-remediation.run.plan-waits", "rdp-remediation.run.ended"]);
    for (const kind of ["webhook", "teams", "slack", "mail"]) {
      expect(received(kind).map(({ because }) => because)).toEqual([null, null]);
      const [waits, ended] = received(kind).map(({ body }) => JSON.stringify(body));
      expect(waits).toContain(waiting.vm.name);
      expect(waits).toContain("renew-rdp-certificate");
      expect(waits).toContain(`${publicUrl}/app/#/runs/${id}`);
      expect(ended).toContain("Repaired");
    }
  });

  test("a receiver that answers 500 gets it when it has recovered, in order; 410 is final; the others wait for neither", async () => {
    const { served, sandbox, received, deliver, store, log } = await rig();
    sandbox.receivers.answerWith("webhook", "500");
    sandbox.receivers.answerWith("slack", "410");
    const waiting = await waitingRun(served, id);
    await deliver(2);
    expect(new Set(typesOf(received("webhook")))).toEqual(new Set(["rdp-remediation.run.plan-waits"]));
    sandbox.receivers.answerWith("webhook", null);
    await deliver(4);
    sandbox.receivers.answerWith("webhook", "500");
    await reject(served, waiting);
    await deliver(1);
    expect(received("teams")).toHaveLength(2);
    expect(log.filter((line) => line.includes("HTTP 410."))).toHaveLength(2);
    // Why it fails is known at once, and not only when the event is lost a day later.
    expect(log.filter((line) => line.includes("HTTP 500."))).toHaveLength(2);
    sandbox.receivers.answerWith("webhook", null);
    await deliver(4);
    const taken = received("webhook").filter(({ because }) => because === null);
    expect(typesOf(taken)).toEqual(["rdp-remediation.run.plan-waits", "rdp-remediation.run.ended"]);
    // Each attempt names the same event, so that the receiver notices a repetition.
    expect(new Set(received("webhook").map(({ id: event }) => event)).size).toBe(2);
    expect(await store.pendingDeliveries()).toEqual([]);
  });

  test("a plan about which somebody has decided meanwhile is not announced, and its end is", async () => {
    const { served, sandbox, received, deliver, store, log } = await rig();
    sandbox.receivers.answerWith("webhook", "500");
    const waiting = await waitingRun(served, id);
    await deliver(1);
    await reject(served, waiting);
    sandbox.receivers.answerWith("webhook", null);
    await deliver(4);
    const taken = received("webhook").filter(({ because }) => because === null);
    expect(typesOf(taken)).toEqual(["rdp-remediation.run.ended"]);
    expect(log.filter((line) => line.includes('"overtaken"'))).toHaveLength(1);
    expect(await store.pendingDeliveries()).toEqual([]);
  });

  test("a receiver that hangs keeps no other waiting, and closing ends the attempt", async () => {
    const { served, sandbox, received, dispatcher, store } = await rig();
    sandbox.receivers.answerWith("webhook", "hang");
    await waitingRun(served, id);
    const pass = dispatcher.pass();
    while (received("teams").length === 0 || received("slack").length === 0 || received("webhook").length === 0) {
      await new Promise(setImmediate);
    }
    await dispatcher.close();
    await pass;
    expect((await store.pendingDeliveries()).map(({ receiver }) => receiver)).toContain("webhook");
  });

  test("a webhook that is signed with another secret is refused, and the run goes on", async () => {
    const { served, sandbox, received, deliver, log } = await rig({ webhook: { signing: undefined } });
    await waitingRun(served, id);
    await deliver(1);
    expect(received("webhook")).toMatchObject([{ answer: "401", because: "It is not signed." }]);
    expect(log.join()).toContain("HTTP 401.");
    expect(sandbox.receivers.received.length).toBeGreaterThan(1);
  });
});
