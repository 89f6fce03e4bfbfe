import { describe, expect, test } from "vitest";
import { linkToOperation, linkToRun } from "../../app/src/route.ts";
import { pageOf } from "../../lib/core/page-link.ts";
import type { Run } from "../../lib/core/run.ts";
import type { FleetOperation } from "../../lib/fleet/fleet-operation.ts";
import { apply } from "../../lib/fleet/machine/machine.ts";
import { pagePath } from "../../lib/http/operator-page.ts";
import { createDeliveries } from "../../lib/notifications/deliveries.ts";
import { NotificationData, NotificationEvent } from "../../lib/notifications/event.ts";
import { happeningsOfOperation } from "../../lib/notifications/operation-happenings.ts";
import { happeningsOfRun } from "../../lib/notifications/run-happenings.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { asEnded, storedRun } from "../fixtures/stored-run.ts";
import { newOperation } from "../fleet/operations.ts";
import { disabledRdp, drive, newRun } from "../runs/rig.ts";
import { aReceiver, publicUrl } from "./samples.ts";

async function waitingRun(): Promise<Run> {
  const [clock, fake] = [new FakeClock(), new FakeVm()];
  fake.guest = disabledRdp();
  return (await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock)).run;
}

describe("what happened to a run", () => {
  test("a plan waits: what, which VM, why, what it would cost, until when, and where", async () => {
    const run = await waitingRun();
    const [happened, ...more] = happeningsOfRun(run, storedRun(1), publicUrl);
    expect(more).toEqual([]);
    expect(happened).toMatchObject({
      name: "run.plan-waits",
      data: {
        severity: "error",
        title: `A plan waits for a decision: ${run.vm.name}`,
        vm: { name: run.vm.name },
        run: { id: run.id, intent: "repair", outcome: null },
        plan: { risk: run.plan?.risk, decideBy: run.decideBy },
        link: `${publicUrl}/app/#/runs/${run.id}`,
      },
    });
    expect(happened?.data.summary).toContain("this run may do");
    expect(happened?.data.plan?.cost).toMatch(/^[A-Z].*\.$/);
    expect(NotificationData.parse(happened?.data)).toEqual(happened?.data);
    // A decision is made about the plan that the page shows, not about one that a message names.
    expect(JSON.stringify(happened)).not.toContain(run.plan?.hash);
  });

  test("once for each wait", async () => {
    const run = await waitingRun();
    expect(happeningsOfRun({ ...run, attempts: 1 } as Run, run, publicUrl)).toEqual([]);
    const later = { ...run, decideBy: "2026-12-01T00:00:00.000Z" } as Run;
    expect(happeningsOfRun(later, run, publicUrl)).toHaveLength(1);
  });

  test.each([
    ["repaired", "informational"],
    ["healthy", "informational"],
    ["cancelled", "informational"],
    ["advised", "warning"],
    ["not-repaired", "error"],
    ["unknown", "error"],
    ["failed", "error"],
  ])("the run ended %s: %s, once", (kind, severity) => {
    const run = storedRun(1);
    const ended = asEnded(run, { outcome: { kind, summary: "It is so." } });
    expect(happeningsOfRun(ended, run, publicUrl)).toMatchObject([
      { name: "run.ended", data: { severity, summary: "It is so." } },
    ]);
    expect(happeningsOfRun({ ...ended, alertReported: true }, ended, publicUrl)).toEqual([]);
  });

  test("a lock-out is ahead: each with what to do", () => {
    const evidence = healthyEvidence();
    const agent = { status: "Ready", version: "2.7.41491.900" };
    const before = {
      ...evidence,
      azure: { ...evidence.azure, vm: { ...evidence.azure.vm, agent: { ...evidence.azure.vm.agent, ...agent } } },
    };
    const run = storedRun(1);
    const happened = happeningsOfRun(asEnded(run, { before }), run, publicUrl);
    expect(happened.map(({ name }) => name)).toEqual(["run.ended", "run.lockouts-found"]);
    expect(happened[1]?.data).toMatchObject({ severity: "warning", lockouts: [{ kind: "agent-too-old" }] });
  });

  test("text of others is one plain line of bounded length in every field", () => {
    const run = storedRun(1);
    const nasty = `a\u001b[31m\r\nb\u202e${"c".repeat(5000)}`;
    const [happened] = happeningsOfRun(asEnded(run, { outcome: { kind: "failed", summary: nasty } }), run, publicUrl);
    expect(happened?.data.summary).toMatch(/^a bc+$/);
    expect(NotificationData.safeParse(happened?.data).success).toBe(true);
  });

  test("the runs of an operation over many VMs are silent, and those of one request are not", () => {
    const run = storedRun(1);
    const inFleet = storedRun(1, { operation: { id: storedRun(2).id, request: "", runs: [run.id] } });
    expect(happeningsOfRun(asEnded(inFleet), inFleet, publicUrl)).toEqual([]);
    const inRequest = storedRun(1, {
      operation: { id: storedRun(2).id, request: "", runs: [storedRun(2).id, run.id] },
    });
    expect(happeningsOfRun(asEnded(inRequest), inRequest, publicUrl)).toHaveLength(1);
  });
});

test("links lead to the views of the page", () => {
  const [id, base] = ["3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b", `${publicUrl}${pagePath}/`];
  expect(pageOf(publicUrl, "runs", id)).toBe(base + linkToRun(id));
  expect(pageOf(publicUrl, "operations", id)).toBe(base + linkToOperation(id));
});

describe("what happened to an operation", () => {
  const now = new Date("2026-11-21T08:00:00Z");
  const runId = "00000000-0000-4000-8000-00000000000a";
  const names = (operation: FleetOperation, former: FleetOperation) =>
    happeningsOfOperation(operation, former, publicUrl).map(({ name }) => name);

  function started(count = 2): { operation: FleetOperation; begun: FleetOperation } {
    const { operation, targets } = newOperation(count, { canary: 1 });
    const [target] = targets;
    if (!target) throw new Error("There is no target.");
    const admitted = apply(operation, { kind: "admitted", targets: [{ ...target, number: 0, runId }] }, now).operation;
    return { operation, begun: apply(admitted, { kind: "started", number: 0 }, now).operation };
  }

  test("it is paused, by whom; going on is no event", () => {
    const { begun } = started();
    const paused = apply(begun, { kind: "pause", by: "ada" }, now).operation;
    const [happened] = happeningsOfOperation(paused, begun, publicUrl);
    expect(happened).toMatchObject({
      name: "operation.paused",
      data: { severity: "warning", vm: null, operation: { total: 2 } },
    });
    expect(happened?.data.summary).toContain("ada");
    expect(happened?.data.link).toBe(`${publicUrl}/app/#/operations/${begun.id}`);
    expect(names(apply(paused, { kind: "resume", by: "ada" }, now).operation, paused)).toEqual([]);
  });

  test("its breaker stopped it, and it ended, also when both come between two saved forms", () => {
    const { begun } = started();
    const outcome = {
      kind: "failed" as const,
      summary: "It failed.",
      problem: { code: "internal" as const, message: "x", retryable: false },
    };
    const failed = apply(
      begun,
      { kind: "seen", number: 0, run: { state: "ended", outcome, plan: null } },
      now,
    ).operation;
    expect(failed.state).toBe("ended");
    const happened = happeningsOfOperation(failed, begun, publicUrl);
    expect(happened.map(({ name }) => name)).toEqual(["operation.breaker-opened", "operation.ended"]);
    expect(happened[0]?.data).toMatchObject({
      severity: "critical",
      summary: expect.stringContaining("circuit breaker"),
    });
    for (const { data } of happened) expect(NotificationData.parse(data)).toEqual(data);
  });

  test("plans of a new kind wait, once for each kind", () => {
    const { begun } = started();
    const plan = { fingerprint: "f1", remediations: ["renew-rdp-key"], risk: "replaces-keys" as const };
    const waiting = apply(
      begun,
      { kind: "seen", number: 0, run: { state: "awaiting-approval", outcome: null, plan } },
      now,
    ).operation;
    const [happened] = happeningsOfOperation(waiting, begun, publicUrl);
    expect(happened).toMatchObject({
      name: "operation.plan-waits",
      data: { plan: { remediations: ["renew-rdp-key"], risk: "replaces-keys" } },
    });
    expect(names({ ...waiting, updatedAt: "2026-11-21T09:00:00.000Z" }, waiting)).toEqual([]);
  });

  test("its end tells on how many VMs a lock-out is ahead", () => {
    const { begun } = started(1);
    const outcome = { kind: "healthy" as const, summary: "All is well." };
    const ended = apply(
      begun,
      { kind: "seen", number: 0, run: { state: "ended", outcome, plan: null, lockouts: 2 } },
      now,
    ).operation;
    const [happened] = happeningsOfOperation(ended, begun, publicUrl);
    expect(happened).toMatchObject({ name: "operation.ended", data: { severity: "warning" } });
    expect(happened?.data.summary).toContain("On 1 of them a lock-out is ahead.");
  });
});

describe("deliveries", () => {
  test("one for each receiver whose rules select the event; the id is the same each time", () => {
    const failures: unknown[] = [];
    const deliveries = createDeliveries({
      receivers: [
        aReceiver(),
        aReceiver({ name: "severe", minimumSeverity: "critical" }),
        aReceiver({ name: "ends", events: ["run.ended"] }),
      ],
      publicUrl,
      onFailure: (error) => failures.push(error),
    });
    const run = storedRun(1);
    const made = deliveries.ofRun(asEnded(run), run, 7);
    expect(made.map(({ receiver, sequence }) => [receiver, sequence])).toEqual([
      ["desk", 700],
      ["ends", 700],
    ]);
    expect(deliveries.ofRun(asEnded(run), run, 7)).toEqual(made);
    expect(NotificationEvent.parse(JSON.parse(made[0]?.event ?? ""))).toMatchObject({
      id: `${run.id}-700`,
      sequence: "0000000700",
    });
    expect(failures).toEqual([]);
  });

  test("an event that cannot be made is reported, and keeps no run from being saved", () => {
    const failures: unknown[] = [];
    const deliveries = createDeliveries({
      receivers: [aReceiver()],
      publicUrl,
      onFailure: (error) => failures.push(error),
    });
    const run = storedRun(1);
    expect(deliveries.ofRun({ ...asEnded(run), before: {} } as unknown as Run, run, 2)).toEqual([]);
    expect(failures).toHaveLength(1);
  });
});
