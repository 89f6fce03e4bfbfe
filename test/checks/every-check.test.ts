import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { longestBecause } from "../../lib/checks/_section.ts";
import { checks } from "../../lib/checks/registry.ts";
import type { Evidence } from "../../lib/core/evidence.ts";
import { Finding } from "../../lib/core/finding.ts";
import type { GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { anyEvidence } from "../remediations/any-evidence.ts";

const sections = Object.keys(healthyEvidence().guest ?? {}).filter((name) => !name.endsWith("At"));
const reason = fc.string({ maxLength: 512 });

/** Evidence of any VM, healthy or not, of which some sections, or the whole inside, could not be read. */
const partialEvidence = fc
  .record({ evidence: anyEvidence, lost: fc.subarray(sections), reason, inside: fc.integer({ min: 0, max: 9 }) })
  .map(({ evidence, lost, reason, inside }): Evidence => {
    if (inside === 0) return { ...evidence, guest: null };
    const unreadable = Object.fromEntries(lost.map((name) => [name, { unreadable: reason }]));
    return { ...evidence, guest: { ...(evidence.guest as GuestEvidence), ...unreadable } };
  });

test("each file of the folder is a check of the same id", () => {
  const files = readdirSync("lib/checks").filter((file) => !file.startsWith("_") && file !== "registry.ts");
  expect(checks.map(({ id }) => `${id}.ts`)).toEqual(files.sort());
});

/** About what a single server in a workgroup has not. */
const ofOthers = ["domain-trust-is-intact", "scale-set-keeps-instance", "session-host-is-licensed"];

test("a VM that is well is healthy by every check", () => {
  const verdicts = checks.map((check) => [check.id, check.run(healthyEvidence()).verdict]);
  expect(verdicts).toEqual(checks.map(({ id }) => [id, ofOthers.includes(id) ? "not-applicable" : "healthy"]));
});

const outside = [
  "vm-is-running",
  "guest-agent-is-ready",
  "run-command-extension-works",
  "nsg-allows-rdp",
  "network-verdicts-agree",
  "scale-set-keeps-instance",
];
const inside = checks.filter(({ id }) => !outside.includes(id));

describe.each(inside.map((check) => [check.id, check] as const))("%s, when nobody could look inside", (_, check) => {
  test.each([
    [{ powerState: "deallocated" }, "the VM is deallocated"],
    [{ agent: { status: "Not Ready", version: "2.7.1" } }, 'the VM agent reports "Not Ready"'],
    [{ agent: null }, "no answer came from inside the VM"],
  ])("is unknown: %j", (vm, why) => {
    const evidence = healthyEvidence();
    Object.assign(evidence.azure.vm, vm);
    expect(check.run({ ...evidence, guest: null })).toEqual({
      verdict: "unknown",
      because: `The guest could not be examined: ${why}.`,
    });
  });
});

describe.each(checks.map((check) => [check.id, check] as const))("%s", (id, check) => {
  test("is total: any evidence gives a finding in whole sentences", () => {
    fc.assert(
      fc.property(partialEvidence, (evidence) => {
        const result = check.run(evidence);
        const finding = { evidence: {}, restoredBy: [], ...result, check: id };
        expect(Finding.parse(finding)).toEqual(finding);
        expect(result.because).toMatch(/^\S/);
        expect(result.because.length).toBeLessThanOrEqual(longestBecause);
      }),
      { numRuns: 300 },
    );
  });

  test("is pure: the evidence stays, and gives the same finding again", () => {
    fc.assert(
      fc.property(partialEvidence, (evidence) => {
        const before = structuredClone(evidence);
        expect(check.run(evidence)).toEqual(check.run(before));
        expect(evidence).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  test("what was not read is never a fault", () => {
    for (const name of sections) {
      const evidence = healthyEvidence();
      Object.assign(evidence.guest as GuestEvidence, { [name]: { unreadable: "The time was up." } });
      expect(check.run(evidence).verdict, name).not.toBe("faulty");
    }
  });

  test("names only remediations that restore it", () => {
    const able = remediations.filter(({ restores }) => restores.includes(id)).map((remediation) => remediation.id);
    fc.assert(
      fc.property(partialEvidence, (evidence) => {
        const { verdict, restoredBy = [] } = check.run(evidence);
        if (verdict !== "faulty") expect(restoredBy).toEqual([]);
        for (const remediation of restoredBy) expect(able).toContain(remediation);
        expect(new Set(restoredBy).size).toBe(restoredBy.length);
      }),
      { numRuns: 300 },
    );
  });
});
