import type { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import { type GuestEvidence, isUnreadable } from "../../lib/core/guest-evidence.ts";
import { hashPlan, type Plan } from "../../lib/core/plan.ts";
import { Run, type RunOptions } from "../../lib/core/run.ts";
import { type Effect, type EffectPorts, performEffect } from "../../lib/runs/effects.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { apply, next } from "../../lib/runs/machine/machine.ts";
import type { RdpProbe } from "../../lib/runs/ports.ts";
import { isDeparture } from "../../lib/runs/stepper.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { networkWith, rule } from "../network/network-with.ts";
import { nsg } from "../network/proposal-rig.ts";

/** The id of every run here. */
export const id = "6f1f2ad8-7c0b-4e0e-9d0a-0c1d2e3f4a5b";
export const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" };

/** A run that was just asked for. */
export function newRun(intent: Run["intent"], options: Partial<RunOptions> = {}, clock = new FakeClock()): Run {
  const created = createRun(
    {
      id,
      vm,
      intent,
      options: { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [], ...options },
      trigger: { kind: "terminal", by: "a test" },
      ...(intent === "undo" && { plan: undoPlan() }),
    },
    clock.now(),
  );
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

/** The taking back of another run's one change. */
function undoPlan(): Plan {
  const changes: Plan["changes"] = [
    {
      kind: "set-registry-value",
      value: "terminal-server/fDenyTSConnections",
      to: { type: "dword", data: 0 },
      was: null,
    },
  ];
  const undo = { run: "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d", direction: "back" as const };
  const risk = "low" as const;
  return {
    hash: hashPlan({ changes, undo }),
    remediations: [{ id: "undo", risk, because: "It was asked for." }],
    changes,
    risk,
    mayNeedRestart: false,
    restores: [],
    worsens: [],
    leaves: [],
    refusals: [],
    undo,
  };
}

/** Drives a run to its end, to a decision or to a weakened setting, as an engine would, and lists the effects on the way. */
export async function drive(
  start: Run,
  fake: FakeVm,
  clock = new FakeClock(),
  probe?: RdpProbe,
  more: Partial<EffectPorts> = {},
): Promise<{ run: Run; effects: string[] }> {
  const ports: EffectPorts = {
    reader: fake,
    channel: fake,
    power: fake,
    alerts: fake,
    ...(probe && { probe }),
    ...more,
    store: {
      claim: async (_vm, by) => ({ held: true, by }),
      release: async () => {},
      get: async () => null,
      list: async () => ({ runs: [], next: null }),
    },
  };
  const effects: string[] = [];
  let run = start;
  for (let steps = 0; steps < 2000; steps++) {
    const effect: Effect = next(run, clock.now());
    if (effect.kind === "none") return { run, effects };
    if (effect.kind === "wait") {
      if (run.state === "awaiting-approval" || run.state === "weakened") return { run, effects };
      await clock.sleep(Date.parse(effect.until) - clock.now().getTime());
      run = apply(run, { kind: "time-passed" }, clock.now());
      continue;
    }
    effects.push(effect.kind);
    if (isDeparture(effect.kind)) run = apply(run, { kind: "departing", effect: effect.kind }, clock.now());
    // Every stored state can be read back: a run is data, whatever it went through.
    run = Run.parse(JSON.parse(JSON.stringify(apply(run, await performEffect(effect, run, ports), clock.now()))));
  }
  throw new Error("the run did not come to rest");
}

/** Remote Desktop switched off locally: one fault with one remediation. */
export function disabledRdp(): GuestEvidence {
  const guest = healthyGuestEvidence();
  if (isUnreadable(guest.registry)) throw new Error("the fixture is readable");
  guest.registry["terminal-server/fDenyTSConnections"] = { type: "dword", data: 1 };
  guest.handshake = { result: "failed", stage: "connect", error: "connection refused" };
  return guest;
}

/** A suite policy without any suite for an RSA certificate. */
export function brokenCipherPolicy(): GuestEvidence {
  const guest = healthyGuestEvidence();
  if (isUnreadable(guest.registry) || isUnreadable(guest.schannel)) throw new Error("the fixture is readable");
  guest.registry["cipher-policy/Functions"] = {
    type: "string",
    data: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  };
  guest.schannel.usableWithRsa = [];
  guest.handshake = { result: "failed", stage: "tls", error: "no common suite" };
  return guest;
}

export const jitPolicyId =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/app/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default";

/** The network of a VM under just-in-time access, which is open to these sources and to nobody else. */
export function underJit(...opened: string[]): AzureEvidence {
  const closing = rule({
    name: "SecurityCenter-JITRule_-1_A",
    priority: 4096,
    access: "Deny",
    destinations: ["10.0.0.4"],
  });
  const opening = opened.map((source, at) =>
    rule({ name: `SecurityCenter-JITRule-${at}-B`, priority: 100 + at, sources: [source] }),
  );
  const ports = [{ number: 3389, protocol: "*", sources: ["*"], maximumDuration: "PT3H" }];
  return networkWith({ nic: nsg("nsg-app", closing, ...opening), more: { jit: { id: jitPolicyId, ports } } });
}

/** A VM with such a policy, whose change shows after a restart alone. */
export function needsRestart(): FakeVm {
  const fake = new FakeVm();
  fake.guest = brokenCipherPolicy();
  fake.repaired = brokenCipherPolicy();
  if (isUnreadable(fake.repaired.registry)) throw new Error("the fixture is readable");
  fake.repaired.registry["cipher-policy/Functions"] = null;
  fake.onScript = () => {
    if (fake.restarts > 0) fake.guest = healthyGuestEvidence();
    return {};
  };
  return fake;
}
