import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { viewLocalRun } from "../../cli/local-runs.ts";
import { createLayout, type Layout } from "../../cli/render/layout.ts";
import type { CommandPlace } from "../../cli/render/next-steps.ts";
import { renderRun as renderView } from "../../cli/render/run.ts";
import { displayWidth } from "../../cli/render/wrap.ts";
import type { Run } from "../../lib/core/run.ts";
import { nextTexts } from "../../lib/report/next-texts.ts";
import { makePlan, makeRun, place, repairedRun, runId, sandboxPlace } from "./runs.ts";

const plain = createLayout({ columns: 80, colour: false });

function renderRun(run: Run, where: CommandPlace, layout: Layout): string[] {
  return renderView(viewLocalRun(run), where, layout);
}

test("a repaired run, whole", () => {
  expect(renderRun(repairedRun(), place, plain).join("\n")).toBe(`\
vm-app-01  repair
/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01

Findings
  fault -> ok  cipher-policy-suits-rdp
           Was: The policy leaves no suite that works with an RSA certificate.
  ok       1 check is in order (--all lists them)

Done inside the VM
   1. changed: remove-registry-value, cipher-policy/Functions
   2. changed: restart-rdp-services, services

Handshake
  before  failed in the TLS handshake: connection reset
  after   completed with TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
          certificate A1B2C3D4E5F60718293A4B5C6D7E8F9001122334, valid until
          2027-03-02

Outcome
  repaired
  Restored and proven: cipher-policy-suits-rdp. Undo with this run's id.
  run ${runId}, 2 Run Commands, 4.2 s

Next
  rdp undo ${runId}
      Undo the changes of this run.`);
});

test.each([80, 200])(
  "a command of a finding is one line that can be copied, at %i columns and in every report",
  (columns) => {
    const removeDenyEntries = `foreach ($key in ${"'HKLM:\\SOFTWARE\\Remote Desktop', ".repeat(6)}'') { Set-Acl $key $acl }`;
    const [first, ...others] = repairedRun().findings;
    if (!first) throw new Error("The run has findings.");
    const findings = [{ ...first, verdict: "noted" as const, evidence: { removeDenyEntries } }, ...others];
    const run = repairedRun({ findings, findingsAfter: findings });
    const lines = renderRun(run, place, createLayout({ columns, colour: false }));
    const at = lines.findIndex((line) => line.trim() === "In a PowerShell of an administrator on the VM:");
    expect(lines[at + 1]?.trim()).toBe(removeDenyEntries);
    expect(nextTexts(run).map(({ command }) => command)).toContain(removeDenyEntries);
  },
);

test("with --all every check, the present reasons, the plan and exact times are there", () => {
  const told = "It expired on 2026-11-22T00:17:28.973Z.";
  const findings = repairedRun().findings.map((one) => (one.verdict === "faulty" ? { ...one, because: told } : one));
  const run = repairedRun({ findings });
  const all = renderRun(run, { ...place, showsAll: true }, plain).join("\n");
  for (const text of ["Now: No policy sets a list.", "fDenyTSConnections is 0.", "\nPlan\n", told])
    expect(all).toContain(text);
  const short = renderRun(run, place, plain).join(" ").replace(/\s+/g, " ");
  expect(short).not.toContain("2026-11-22T");
  expect(short).toMatch(/It expired on 2[12] Nov 2026, \d\d:\d\d \S+ \((?:in )?.+\)/);
});

test.each([
  ["tls", "Looked as far as a TLS handshake on the VM; no client was judged (tls)."],
  ["client", "Looked as far as the client that was named, or a handshake from outside (client)."],
] as const)("an outcome claims no more than %s", (reach, sentence) => {
  const coverage = { reach, looked: ["TLS"], notLooked: [{ what: "the password", next: "Sign in." }] };
  const run = makeRun({ state: "ended", outcome: { kind: "healthy", summary: "In order.", coverage } });
  const text = renderRun(run, place, plain).join(" ").replace(/\s+/g, " ");
  expect(text).toContain(sentence);
  expect(text).toContain("Not looked at: - the password. Sign in.");
});

describe("what is simulated is said", () => {
  test("in a sandbox", () => {
    const text = renderRun(repairedRun(), sandboxPlace, plain).join("\n");
    expect(text).toMatch(/^Simulated: Azure is a sandbox on this machine, world several-faults\.$/m);
    expect(text).toMatch(/^guest: modelled /m);
  });

  test("and of the real Azure it is not", () => {
    expect(renderRun(repairedRun(), place, plain).join("\n")).not.toMatch(/simulated|guest:/i);
  });
});

const notClean = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom("\u001b[2J", "\u009b1A", "漢", " ", "a\\b", "\n"),
  ),
  maxLength: 200,
});

test("whatever a guest or Azure writes, nothing but a path or an id is wider than 80 columns and nothing commands the terminal", () => {
  fc.assert(
    fc.property(fc.array(notClean, { minLength: 9, maxLength: 9 }), (texts) => {
      const [
        because = "",
        target = "",
        note = "",
        summary = "",
        detail = "",
        error = "",
        conflict = "",
        refusal = "",
        key = "",
      ] = texts;
      const before = structuredClone(repairedRun().before);
      if (before?.guest) before.guest.handshake = { result: "failed", stage: "tls", error };
      const run = repairedRun({
        before,
        findings: [{ check: "rdp-is-enabled", verdict: "faulty", because, evidence: { [key]: key }, restoredBy: [] }],
        receipts: [{ kind: "grant-key-access", target, changed: false, note }],
        plan: makePlan({
          refusals: [{ remediation: "renew-rdp-key", because: refusal }],
          leaves: [{ check: "c", because }],
        }),
        conflicts: [conflict],
        outcome: { kind: "failed", summary, problem: { code: "internal", message: summary, retryable: false, detail } },
      });
      for (const line of renderRun(run, place, plain)) {
        // A word of the characters of paths and ids stays whole: the terminal goes on in its next line.
        const longest = line.split(" ").sort((a, b) => b.length - a.length)[0] ?? "";
        const isWhole = /^[!-~]+$/.test(longest) && displayWidth(line) - longest.length <= 20;
        if (!isWhole) expect(displayWidth(line)).toBeLessThanOrEqual(80);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }),
  );
});

test("colour changes how it looks, not what it says", () => {
  const painted = renderRun(repairedRun(), place, createLayout({ columns: 80, colour: true })).join("\n");
  expect(painted).toContain("\u001b[32mrepaired\u001b[39m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this is about
  expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(renderRun(repairedRun(), place, plain).join("\n"));
});

test.each([
  [undefined, Number.POSITIVE_INFINITY],
  [0, 80],
  [200, 200],
  [60, 60],
  [10, 40],
])("a terminal of %s columns gets lines of at most %i", (columns, width) => {
  expect(createLayout({ columns, colour: false }).width).toBe(width);
});

test("checks that say the same share a row, and what a plan leaves or refuses is told", () => {
  const because = "The guest could not be examined: the VM is deallocated.";
  const shut = { verdict: "unknown" as const, because, evidence: {}, restoredBy: [] };
  const run = makeRun({
    state: "ended",
    findings: [
      { ...shut, check: "rdp-is-enabled" },
      { ...shut, check: "vm-is-running", verdict: "faulty", because: "Azure says: deallocated. Start the VM." },
      { ...shut, check: "rdp-key-is-usable" },
    ],
    plan: makePlan({
      changes: [],
      remediations: [],
      leaves: [{ check: "vm-is-running", because: "Start the VM." }],
      refusals: [{ remediation: "renew-rdp-key", because: "The evidence does not call for it." }],
    }),
    outcome: { kind: "advised", summary: "One check found a fault." },
  });
  expect(renderRun(run, place, plain).slice(2, -5).join("\n")).toBe(`\

Findings
  fault    vm-is-running
           Azure says: deallocated. Start the VM.
           See docs/causes.md#vm-is-running
  unknown  rdp-is-enabled, rdp-key-is-usable
           The guest could not be examined: the VM is deallocated.

Plan
  Left to others: vm-is-running.
  Not renew-rdp-key: The evidence does not call for it.`);
});

test("the stack of a surprise is not for people", () => {
  const problem = { code: "internal" as const, message: "x", retryable: false, detail: "Error: at file.ts:1:1" };
  const run = makeRun({ state: "ended", outcome: { kind: "failed", summary: "An unexpected error.", problem } });
  expect(renderRun(run, place, plain).join("\n")).not.toContain("file.ts");
});

test("a run that has only begun can be shown", () => {
  const text = renderRun(makeRun(), place, plain).join("\n");
  expect(text).toContain("Asked for by kim (terminal).");
  expect(text).toContain(`rdp resume ${runId}`);
});
