import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeOrder, changeTarget, isAllowed } from "../../../lib/core/change.ts";
import type { Evidence } from "../../../lib/core/evidence.ts";
import { hashChanges, Plan } from "../../../lib/core/plan.ts";
import { isRefusal } from "../../../lib/core/remediation.ts";
import { remediations } from "../../../lib/remediations/registry.ts";
import { planRepair } from "../../../lib/runs/planning/planner.ts";
import { healthyEvidence } from "../../fixtures/evidence.ts";
import { evidenceWith, notForced, restart } from "../../remediations/evidence-with.ts";
import { type FaultName, faultNames, faults, findingsOf } from "../faults.ts";

function broken(names: readonly FaultName[]): Evidence {
  return evidenceWith((guest) => {
    for (const name of names) faults[name].breaks(guest);
  });
}

function planFor(names: readonly FaultName[], options: { remediations?: string[]; force?: boolean } = {}): Plan {
  const planned = planRepair(broken(names), findingsOf(names), { force: false, ...options });
  if (!planned.ok) throw new Error(planned.problem.message);
  return Plan.parse(planned.value);
}

function chosen(plan: Plan): string[] {
  return plan.remediations.map(({ id }) => id);
}

function kinds(plan: Plan): string[] {
  return plan.changes.map(({ kind }) => kind);
}

describe("without names", () => {
  test("no fault, no change", () => {
    expect(planFor([])).toEqual({
      hash: hashChanges([]),
      remediations: [],
      changes: [],
      risk: "none",
      mayNeedRestart: false,
      worsens: [],
      restores: [],
      leaves: [],
      refusals: [],
    });
  });

  test("what is unknown, healthy or not applicable is not repaired", () => {
    const findings = (["unknown", "healthy", "not-applicable"] as const).map((verdict) => ({
      check: "rdp-is-enabled",
      verdict,
      because: "",
      evidence: {},
      restoredBy: ["enable-remote-desktop"],
    }));
    const planned = planRepair(broken(["switchedOff"]), findings, notForced);
    expect(planned).toMatchObject({ ok: true, value: { changes: [], leaves: [] } });
  });

  test("a corrupt key is renewed alone, not with its whole folder", () => {
    const plan = planFor(["corruptKey"]);
    expect(plan.remediations).toEqual([
      { id: "renew-rdp-key", risk: "interrupts-sessions", because: "This VM has the fault corruptKey." },
    ]);
    expect(kinds(plan)).toEqual(["rename-rdp-key", "remove-rdp-certificate", "restart-rdp-services"]);
    expect(plan).toMatchObject({
      risk: "interrupts-sessions",
      restores: ["rdp-key-is-usable"],
      leaves: [],
      refusals: [],
    });
  });

  test("a new key comes with a new certificate, which spares the renewal of the expired one", () => {
    expect(chosen(planFor(["corruptKey", "expiredCertificate"]))).toEqual(["renew-rdp-key"]);
  });

  test("an expired certificate alone leaves the key in peace", () => {
    expect(kinds(planFor(["expiredCertificate"]))).toEqual(["remove-rdp-certificate", "restart-rdp-services"]);
  });

  test("the permissions of a key that is replaced are not repaired first", () => {
    const plan = planFor(["corruptKey", "closedKey", "closedFolder"]);
    expect(chosen(plan)).toEqual(["renew-rdp-key", "repair-key-permissions"]);
    expect(plan.changes.filter(({ kind }) => kind === "grant-key-access")).toMatchObject([
      { target: "machine-keys-folder" },
    ]);
  });

  test("several faults make one list with one restart, its last entry", () => {
    const plan = planFor(["withoutTls12", "cipherPolicy", "corruptKey", "disabledService", "closedFirewall"]);
    expect(kinds(plan)).toEqual([
      "set-registry-value",
      "remove-registry-value",
      "configure-service",
      "rename-rdp-key",
      "remove-rdp-certificate",
      "enable-firewall-group",
      "restart-rdp-services",
    ]);
    expect(plan).toMatchObject({ mayNeedRestart: true, risk: "interrupts-sessions" });
  });

  test("opening the firewall alone interrupts nobody", () => {
    expect(planFor(["closedFirewall"])).toMatchObject({ risk: "low", mayNeedRestart: false });
  });

  test("a fault that nothing here restores is left with its reason", () => {
    const plan = planFor(["deniedByNetwork", "expiredCertificate"]);
    expect(plan.leaves).toEqual([{ check: "nsg-allows-rdp", because: "This VM has the fault deniedByNetwork." }]);
    expect(plan.restores).toEqual(["rdp-certificate-is-valid"]);
  });

  test("what group policy holds is left to the owner of the policy", () => {
    const plan = planFor(["deniedByPolicy"]);
    expect(plan.changes).toEqual([]);
    expect(plan.refusals).toEqual([
      { remediation: "enable-remote-desktop", because: expect.stringContaining("Group policy") },
    ]);
    expect(plan.leaves).toEqual([
      {
        check: "rdp-is-enabled",
        because: expect.stringMatching(/^This VM has the fault deniedByPolicy\. Group policy .* correct it\.$/),
      },
    ]);
  });

  test("a refusal counts when a more invasive remediation had to take its place, and is not told otherwise", () => {
    const registry = remediations.map((one) =>
      one.id === "renew-rdp-key" ? { ...one, plan: () => ({ refused: "Not today." }) } : one,
    );
    const told = planRepair(broken(["corruptKey"]), findingsOf(["corruptKey"]), notForced, registry);
    expect(told).toMatchObject({
      ok: true,
      value: {
        risk: "replaces-keys",
        remediations: [{ id: "rename-machine-keys-folder" }],
        refusals: [{ remediation: "renew-rdp-key", because: "Not today." }],
      },
    });
    expect(planFor(["closedKey", "unreadableKeys"]).refusals).toEqual([]);
  });

  test("force does not let the planner choose what the evidence does not call for", () => {
    expect(planFor(["corruptKey", "unreadableKeys"], { force: true })).toEqual(
      planFor(["corruptKey", "unreadableKeys"]),
    );
  });
});

describe("with names", () => {
  test("an unknown name is a problem that lists the known ones", () => {
    const planned = planRepair(healthyEvidence(), [], { remediations: ["renew-rdp-key", "reboot"], force: true });
    expect(planned).toMatchObject({ ok: false, problem: { code: "unknown-remediation" } });
    if (planned.ok) return;
    expect(planned.problem.message).toContain('"reboot"');
    for (const { id } of remediations) expect(planned.problem.message).toContain(id);
  });

  test("exactly those, however invasive", () => {
    const plan = planFor(["corruptKey", "switchedOff"], { remediations: ["rename-machine-keys-folder"] });
    expect(kinds(plan)).toEqual(["rename-machine-keys-folder", "remove-rdp-certificate", "restart-rdp-services"]);
    expect(plan).toMatchObject({ risk: "replaces-keys", restores: ["rdp-key-is-usable"] });
    expect(plan.leaves.map(({ check }) => check)).toEqual(["rdp-is-enabled"]);
  });

  test("the folder makes the key and all permissions pointless", () => {
    const plan = planFor(["corruptKey", "closedKey", "closedFolder"], {
      remediations: ["repair-key-permissions", "renew-rdp-key", "rename-machine-keys-folder", "renew-rdp-key"],
    });
    expect(chosen(plan)).toHaveLength(3);
    expect(kinds(plan)).toEqual(["rename-machine-keys-folder", "remove-rdp-certificate", "restart-rdp-services"]);
  });

  test("one that the evidence does not call for is refused with the reason, and done when forced", () => {
    const remediations = ["restart-rdp-services"];
    const refused = planFor(["closedFirewall"], { remediations });
    expect(refused.changes).toEqual([]);
    expect(refused.refusals).toEqual([
      { remediation: "restart-rdp-services", because: expect.stringContaining("rdp-services-are-running") },
    ]);
    const plan = planFor(["closedFirewall"], { remediations, force: true });
    expect(plan.changes).toEqual([restart]);
    expect(plan.remediations[0]?.because).toContain("by name");
  });

  test("a guard says no until forced", () => {
    const remediations = ["rename-machine-keys-folder"];
    const names = ["corruptKey", "unreadableKeys"] as const;
    expect(planFor(names, { remediations }).refusals).toMatchObject([
      { because: expect.stringContaining("cannot be read") },
    ]);
    expect(planFor(names, { remediations, force: true }).changes[0]).toMatchObject({ force: true });
  });

  test("one that finds nothing to change is refused rather than reported as done", () => {
    const plan = planFor(["disabledService"], { remediations: ["enable-tls12"], force: true });
    expect(plan).toMatchObject({ changes: [], remediations: [], refusals: [{ remediation: "enable-tls12" }] });
  });

  test("none at all is a plan that does nothing", () => {
    expect(planFor(["corruptKey"], { remediations: [] })).toMatchObject({ changes: [], restores: [] });
  });
});

describe("for any faults together", () => {
  const someFaults = fc.subarray(faultNames);

  test("covers all that any remediation restores, and no chosen one can be left out", () => {
    fc.assert(
      fc.property(someFaults, (names) => {
        const plan = planFor(names);
        const evidence = broken(names);
        const willing = remediations.filter(({ plan }) => {
          const planned = plan(evidence, notForced);
          return !isRefusal(planned) && planned.length > 0;
        });
        const coveredBy = (ids: readonly string[]) =>
          findingsOf(names)
            .filter(({ restoredBy }) => restoredBy.some((id) => ids.includes(id)))
            .map(({ check }) => check);
        expect(plan.restores).toEqual(coveredBy(willing.map(({ id }) => id)));
        for (const id of chosen(plan)) {
          expect(coveredBy(chosen(plan).filter((other) => other !== id)).length).toBeLessThan(plan.restores.length);
        }
        const judged = [...plan.restores, ...plan.leaves.map(({ check }) => check)];
        expect(judged.sort()).toEqual(
          findingsOf(names)
            .map(({ check }) => check)
            .sort(),
        );
      }),
    );
  });

  test("plans only what the guest has room for, each target once, in the order of work", () => {
    fc.assert(
      fc.property(
        someFaults,
        fc.option(fc.subarray(remediations.map(({ id }) => id)), { nil: undefined }),
        fc.boolean(),
        (names, named, force) => {
          const { changes } = planFor(names, { remediations: named, force });
          const order = changes.map(({ kind }) => changeOrder.indexOf(kind));
          expect(changes.every(isAllowed)).toBe(true);
          expect(new Set(changes.map(changeTarget)).size).toBe(changes.length);
          expect(order).toEqual([...order].sort((one, other) => one - other));
          expect(changes.length).toBeLessThanOrEqual(32);
        },
      ),
    );
  });

  test("gives the same plan for the same faults, in whatever order the checks report them", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(faultNames), (names) => {
        const plan = planFor(names);
        expect(planFor(names)).toEqual(plan);
        expect(planRepair(broken(names), findingsOf(names).reverse(), notForced)).toMatchObject({
          ok: true,
          value: { hash: plan.hash },
        });
        expect(plan.hash).toBe(hashChanges(plan.changes));
      }),
    );
  });
});
