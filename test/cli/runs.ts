import type { CommandPlace } from "../../cli/render/next-steps.ts";
import type { Plan } from "../../lib/core/plan.ts";
import { hashChanges } from "../../lib/core/plan.ts";
import { Run } from "../../lib/core/run.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { fixtureTime, healthyEvidence } from "../fixtures/evidence.ts";
import { phaseDataOf, type RunChanges } from "../fixtures/stored-run.ts";

export const runId = "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b";
export const vm = {
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup: "rg-app",
  name: "vm-app-01",
};

export const place: CommandPlace = { program: "rdp", sandbox: null };
export const sandboxPlace: CommandPlace = {
  program: "rdp",
  sandbox: { world: "several-faults", guest: "modelled", firstVm: vm },
};

/** A run as it is when it was just asked for, with whatever the test is about laid over it. */
export function makeRun(over: RunChanges = {}): Run {
  const created = createRun(
    {
      id: runId,
      vm,
      intent: "repair",
      options: { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [] },
      trigger: { kind: "terminal", by: "kim" },
    },
    new Date(fixtureTime),
  );
  if (!created.ok) throw new Error(created.problem.message);
  return Run.parse({ ...created.value, ...phaseDataOf(over.state), ...over });
}

export function makePlan(over: Partial<Plan> = {}): Plan {
  const changes: Plan["changes"] = [
    {
      kind: "remove-registry-value",
      value: "cipher-policy/Functions",
      was: { type: "string", data: "TLS_AES_256_GCM_SHA384" },
    },
    { kind: "restart-rdp-services", was: { TermService: "Running" } },
  ];
  return {
    hash: hashChanges(changes),
    remediations: [{ id: "reset-cipher-policy", risk: "interrupts-sessions", because: "No suite is left." }],
    changes,
    risk: "interrupts-sessions",
    mayNeedRestart: true,
    restores: ["cipher-policy-suits-rdp"],
    worsens: [],
    leaves: [],
    refusals: [],
    ...over,
  };
}

/** A repair that went well, from the fault to the proof. */
export function repairedRun(over: RunChanges = {}): Run {
  const before = healthyEvidence();
  if (before.guest) before.guest.handshake = { result: "failed", stage: "tls", error: "connection reset" };
  return makeRun({
    state: "ended",
    updatedAt: new Date(Date.parse(fixtureTime) + 4200).toISOString(),
    scriptsStarted: 2,
    before,
    after: healthyEvidence(),
    findings: [
      {
        check: "rdp-is-enabled",
        verdict: "healthy",
        because: "fDenyTSConnections is 0.",
        evidence: {},
        restoredBy: [],
      },
      {
        check: "cipher-policy-suits-rdp",
        verdict: "faulty",
        because: "The policy leaves no suite that works with an RSA certificate.",
        evidence: {},
        restoredBy: ["reset-cipher-policy"],
      },
    ],
    findingsAfter: [
      {
        check: "rdp-is-enabled",
        verdict: "healthy",
        because: "fDenyTSConnections is 0.",
        evidence: {},
        restoredBy: [],
      },
      {
        check: "cipher-policy-suits-rdp",
        verdict: "healthy",
        because: "No policy sets a list.",
        evidence: {},
        restoredBy: [],
      },
    ],
    plan: makePlan(),
    receipts: [
      { kind: "remove-registry-value", target: "cipher-policy/Functions", changed: true, note: null },
      { kind: "restart-rdp-services", target: "services", changed: true, note: null },
    ],
    outcome: { kind: "repaired", summary: "Restored and proven: cipher-policy-suits-rdp. Undo with this run's id." },
    ...over,
  });
}
