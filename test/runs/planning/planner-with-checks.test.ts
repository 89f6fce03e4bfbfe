import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checks } from "../../../lib/checks/registry.ts";
import type { Evidence } from "../../../lib/core/evidence.ts";
import type { Finding } from "../../../lib/core/finding.ts";
import { Plan } from "../../../lib/core/plan.ts";
import { isRefusal } from "../../../lib/core/remediation.ts";
import { remediations } from "../../../lib/remediations/registry.ts";
import { planRepair } from "../../../lib/runs/planning/planner.ts";
import { healthyEvidence } from "../../fixtures/evidence.ts";
import { anyEvidence } from "../../remediations/any-evidence.ts";
import { evidenceAfter } from "../../remediations/evidence-after.ts";
import { evidenceWith, inUse, notForced, type ReadableGuest } from "../../remediations/evidence-with.ts";
import { type FaultName, faults } from "../faults.ts";

function examine(evidence: Evidence): Finding[] {
  return checks.map((check) => ({ evidence: {}, restoredBy: [], ...check.run(evidence), check: check.id }));
}

function planFor(evidence: Evidence): Plan {
  const planned = planRepair(evidence, examine(evidence), notForced);
  if (!planned.ok) throw new Error(planned.problem.message);
  return Plan.parse(planned.value);
}

function ids(plan: Plan): string[] {
  return plan.remediations.map(({ id }) => id);
}

function faultyIn(evidence: Evidence): string[] {
  return examine(evidence)
    .filter(({ verdict }) => verdict === "faulty")
    .map(({ check }) => check);
}

/** What a broken VM shows besides: the listener drops whoever knocks. */
function dropsTls(guest: ReadableGuest): void {
  guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
}

describe("what the checks find is what the planner repairs", () => {
  test("a VM in good health gets an empty plan", () => {
    expect(planFor(healthyEvidence())).toMatchObject({ changes: [], leaves: [], refusals: [] });
  });

  test.each<[string, FaultName[], string[]]>([
    ["Remote Desktop turned off", ["switchedOff"], ["enable-remote-desktop"]],
    ["a disabled service", ["disabledService"], ["restart-rdp-services"]],
    ["an expired certificate", ["expiredCertificate"], ["renew-rdp-certificate"]],
    ["a corrupt key", ["corruptKey"], ["renew-rdp-key"]],
    ["a closed key", ["closedKey"], ["repair-key-permissions"]],
    ["TLS 1.2 turned off", ["withoutTls12"], ["enable-tls12"]],
    ["a policy without suites for RSA", ["cipherPolicy"], ["reset-cipher-policy"]],
    ["a security layer that Windows does not know", ["strangeLayer"], ["restore-security-layer"]],
    ["a closed firewall", ["closedFirewall"], ["open-windows-firewall"]],
    ["a corrupt key with an expired certificate", ["corruptKey", "expiredCertificate"], ["renew-rdp-key"]],
    ["a corrupt key in a closed folder", ["corruptKey", "closedFolder"], ["renew-rdp-key", "repair-key-permissions"]],
    [
      "a corrupt key, an expired certificate and a broken cipher policy",
      ["corruptKey", "expiredCertificate", "cipherPolicy"],
      ["renew-rdp-key", "reset-cipher-policy"],
    ],
    [
      "nearly everything",
      [
        "switchedOff",
        "disabledService",
        "expiredCertificate",
        "closedKey",
        "withoutTls12",
        "strangeLayer",
        "closedFirewall",
      ],
      [
        "enable-remote-desktop",
        "enable-tls12",
        "open-windows-firewall",
        "renew-rdp-certificate",
        "repair-key-permissions",
        "restart-rdp-services",
        "restore-security-layer",
      ],
    ],
  ])("%s", (_, names, expected) => {
    const evidence = evidenceWith((guest) => {
      // Nobody who is inside sees a firewall.
      if (names.some((name) => name !== "closedFirewall")) dropsTls(guest);
      for (const name of names) faults[name].breaks(guest);
    });
    const plan = planFor(evidence);
    expect(ids(plan)).toEqual(expected);
    expect(plan.leaves).toEqual([]);
    expect(faultyIn(evidenceAfter(evidence, plan.changes))).toEqual([]);
  });

  test("a handshake that fails for a known cause is restored with the cause", () => {
    const evidence = evidenceWith((guest) => {
      faults.corruptKey.breaks(guest);
      dropsTls(guest);
    });
    const plan = planFor(evidence);
    expect(ids(plan)).toEqual(["renew-rdp-key"]);
    expect(plan.restores).toEqual(["rdp-handshake-succeeds", "rdp-key-is-usable"]);
  });

  test("a handshake that fails for no cause that shows ends nobody's session", () => {
    const plan = planFor(evidenceWith(dropsTls));
    expect(plan.changes).toEqual([]);
    expect(plan.leaves).toMatchObject([{ check: "rdp-handshake-succeeds" }]);
  });

  test("what differs and does no harm is not planned", () => {
    for (const name of ["closedFolder", "closedKey", "strangeLayer", "cipherPolicy", "withoutTls12"] as const) {
      expect(planFor(evidenceWith((guest) => faults[name].breaks(guest))).changes, name).toEqual([]);
    }
  });

  test("an expired certificate that an administrator chose is left to the administrator", () => {
    const evidence = evidenceWith((guest) => {
      faults.expiredCertificate.breaks(guest);
      dropsTls(guest);
      guest.certificate.origin = "custom";
      inUse(guest).store = "My";
    });
    const plan = planFor(evidence);
    expect(plan.changes).toEqual([]);
    expect(plan.leaves).toMatchObject([{ check: "rdp-certificate-is-valid" }, { check: "rdp-handshake-succeeds" }]);
  });
});

test("what a plan promises to restore is restored, and what was healthy stays so", () => {
  fc.assert(
    fc.property(anyEvidence, (evidence) => {
      const plan = planFor(evidence);
      const after = faultyIn(evidenceAfter(evidence, plan.changes));
      // While a certificate works with a key of its own, the RDP key is not judged; a renewed one leans on it.
      const healthy = examine(evidence).filter(
        ({ check, verdict }) => verdict === "healthy" && check !== "rdp-key-is-usable",
      );
      expect(after.filter((check) => plan.restores.includes(check))).toEqual([]);
      expect(healthy.filter(({ check }) => after.includes(check))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

describe("checks and remediations mean the same", () => {
  test("a remediation that a check names exists, and says that it restores that check", () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        for (const { check, restoredBy } of examine(evidence)) {
          for (const id of restoredBy) {
            const named = remediations.find((remediation) => remediation.id === id);
            expect(named?.restores, `${id}, named by ${check}`).toContain(check);
          }
        }
      }),
    );
  });

  test("every check that a remediation restores exists", () => {
    const known = checks.map(({ id }) => id);
    for (const { restores } of remediations) expect(known).toEqual(expect.arrayContaining([...restores]));
  });

  for (const remediation of remediations) {
    test(`${remediation.id} changes nothing where all that it restores is healthy`, () => {
      fc.assert(
        fc.property(anyEvidence, (evidence) => {
          const restored = checks.filter(({ id }) => remediation.restores.includes(id));
          fc.pre(restored.every((check) => check.run(evidence).verdict === "healthy"));
          const planned = remediation.plan(evidence, notForced);
          expect(isRefusal(planned) ? [] : planned).toEqual([]);
        }),
        // Few random states have nothing wrong with any of them.
        { maxSkipsPerRun: 400 },
      );
    });

    test(`${remediation.id} has something to change where a check names it first`, () => {
      fc.assert(
        fc.property(anyEvidence, (evidence) => {
          const calls = examine(evidence).filter(
            ({ verdict, restoredBy }) => verdict === "faulty" && restoredBy[0] === remediation.id,
          );
          const planned = remediation.plan(evidence, notForced);
          if (calls.length > 0) expect(planned, calls.map(({ because }) => because).join()).not.toEqual([]);
        }),
      );
    });
  }
});
