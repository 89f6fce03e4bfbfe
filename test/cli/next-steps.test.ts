import { describe, expect, test } from "vitest";
import { viewLocalRun } from "../../cli/local-runs.ts";
import { createLayout } from "../../cli/render/layout.ts";
import { nextSteps } from "../../cli/render/next-steps.ts";
import { renderCommand } from "../../cli/render/section.ts";
import type { Evidence } from "../../lib/core/evidence.ts";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import type { Run } from "../../lib/core/run.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { inFlight, type RunChanges } from "../fixtures/stored-run.ts";
import { makePlan, makeRun, place, repairedRun, runId, sandboxPlace, vm } from "./runs.ts";

const names = `--subscription ${vm.subscriptionId} --resource-group rg-app --name vm-app-01`;
const plan = makePlan();
const undoes = "11111111-1111-4111-8111-111111111111";
const undo: RunChanges = { intent: "undo", options: { ...makeRun().options, undoes } };

function ended(kind: NonNullable<Run["outcome"]>["kind"], over: RunChanges = {}): Run {
  return makeRun({ state: "ended", outcome: { kind, summary: "It is so." }, ...over });
}

function startingEvidence(): Evidence {
  const evidence = healthyEvidence();
  const { guest } = evidence;
  if (!guest || isUnreadable(guest.system)) throw new Error("the fixture is readable");
  const bootTime = new Date(Date.parse(guest.collectedAt) - 60_000).toISOString();
  return { ...evidence, guest: { ...guest, system: { ...guest.system, bootTime } } };
}

describe("with the real Azure", () => {
  test.each<[string, Run, string[]]>([
    [
      "healthy: the client's side",
      ended("healthy", { before: healthyEvidence() }),
      ["rdp probe 10.0.0.4:3389", "rdp client-checks 10.0.0.4:3389"],
    ],
    ["healthy, and no address is known: nothing", ended("healthy", { plan: makePlan({ changes: [] }) }), []],
    ["diagnosed faults: repair", ended("advised", { intent: "diagnose", plan }), [`rdp repair ${names}`]],
    [
      "Windows is still starting: the same again, later",
      ended("advised", { before: startingEvidence(), plan: makePlan({ changes: [] }) }),
      [`rdp repair ${names}`],
    ],
    ["faults that nothing here repairs: nothing", ended("advised", { plan: makePlan({ changes: [] }) }), []],
    ["nobody decided in time: the repair again", ended("cancelled", { plan }), [`rdp repair ${names}`]],
    [
      "rejected: nothing",
      ended("cancelled", {
        plan,
        decision: { approved: false, by: "a", at: "2026-11-21T08:00:00.000Z", planHash: plan.hash },
      }),
      [],
    ],
    ["repaired: undo", repairedRun(), [`rdp undo ${runId}`]],
    ["repaired in part: undo", repairedRun({ outcome: { kind: "advised", summary: "" } }), [`rdp undo ${runId}`]],
    ["taken back: nothing", repairedRun({ outcome: { kind: "not-repaired", summary: "" } }), []],
    ["lost while looking: look again", ended("unknown"), [`rdp diagnose ${names}`]],
    [
      "lost while changing: look, then undo",
      ended("unknown", { plan }),
      [`rdp diagnose ${names}`, `rdp undo ${runId}`],
    ],
    ["failed before anything: nothing", ended("failed"), []],
    [
      "waiting: decide",
      makeRun({ state: "awaiting-approval", plan }),
      [`rdp decide ${runId} --approve --plan ${plan.hash.slice(0, 12)}`, `rdp decide ${runId} --reject`],
    ],
    [
      "weakened: restore it now",
      makeRun({
        state: "weakened",
        plan,
        weakening: { since: "2026-11-21T08:00:00.000Z", until: "2026-11-21T09:00:00.000Z", proven: true },
      }),
      [`rdp undo ${runId}`],
    ],
    ["weakened and restored: nothing", ended("undone", { plan, receipts: repairedRun().receipts }), []],
    ...(["queued", "preflight", "collecting", "probing", "applying"] as const).map((state): [string, Run, string[]] => [
      `interrupted before its first change (${state}): go on, or cancel`,
      makeRun({ state }),
      [`rdp resume ${runId}`, `rdp cancel ${runId}`],
    ]),
    ...(["applying", "planned", "restarting", "verifying", "rolling-back"] as const).map(
      (state): [string, Run, string[]] => [
        `interrupted while it changes the VM (${state}): go on`,
        makeRun({ state, ...(state === "applying" && { plan, script: inFlight("apply", { phase: "running" }) }) }),
        [`rdp resume ${runId}`],
      ],
    ),
    ["undone: nothing", ended("undone", undo), []],
    ["undone but for conflicts: force", ended("undone", { ...undo, conflicts: ["x"] }), [`rdp undo ${undoes} --force`]],
    ["undo failed: again", ended("failed", undo), [`rdp undo ${undoes}`]],
    [
      "the plan's options are carried over",
      ended("advised", {
        plan,
        options: {
          ...makeRun().options,
          checks: ["a", "b"],
          remediations: ["c"],
          force: true,
          sources: ["203.0.113.7", "Internet"],
          requestAccess: true,
          maximumRisk: "low",
        },
      }),
      [
        `rdp repair ${names} --checks a,b --remediations c --from 203.0.113.7 --from Internet --request-access --max-risk low --force`,
      ],
    ],
    [
      "another run holds the VM: find it",
      makeRun({
        state: "ended",
        outcome: { kind: "failed", summary: "", problem: { code: "vm-claimed", message: "", retryable: true } },
      }),
      ["rdp runs"],
    ],
    [
      "a surprise: the details, for the report",
      makeRun({
        state: "ended",
        outcome: { kind: "failed", summary: "", problem: { code: "internal", message: "", retryable: false } },
      }),
      [`rdp show ${runId} --json`],
    ],
    [
      "names that a shell would read otherwise are quoted",
      ended("advised", { plan, vm: { ...vm, resourceGroup: "rg(1)" } }),
      [`rdp repair ${names.replace("rg-app", "'rg(1)'")}`],
    ],
  ])("%s", (_, run, commands) => {
    expect(nextSteps(viewLocalRun(run), place).map(({ command }) => command.join(" "))).toEqual(commands);
  });
});

describe("in a sandbox, which ends with the call", () => {
  test.each<[string, Run, string[]]>([
    ["diagnosed: repair in the same world", ended("advised", { plan }), ["rdp repair --sandbox several-faults"]],
    [
      "another VM of the world is named",
      ended("advised", { plan, vm: { ...vm, name: "vm-2" } }),
      [`rdp repair --sandbox several-faults ${names.replace("vm-app-01", "vm-2")}`],
    ],
    ["repaired: no undo that could not work", repairedRun(), ["rdp sandbox several-faults"]],
    [
      "waiting: allow the risk",
      makeRun({ state: "awaiting-approval", plan: makePlan({ risk: "replaces-keys" }) }),
      ["rdp repair --sandbox several-faults --max-risk replaces-keys"],
    ],
    [
      "waiting for a named remediation: it is named again",
      makeRun({
        state: "awaiting-approval",
        plan: makePlan({ risk: "weakens-security" }),
        options: { ...makeRun().options, remediations: ["a"], weakenMinutes: 5 },
      }),
      ["rdp repair --sandbox several-faults --remediations a --weaken-minutes 5 --max-risk weakens-security"],
    ],
  ])("%s", (_, run, commands) => {
    expect(nextSteps(viewLocalRun(run), sandboxPlace).map(({ command }) => command.join(" "))).toEqual(commands);
  });
});

test("a long command goes on in the next line, so that it can be copied", () => {
  const layout = createLayout({ columns: 50, colour: false });
  expect(renderCommand(["rdp repair", "--sandbox x"], layout)).toEqual(["  rdp repair --sandbox x"]);
  const [continued] = process.platform === "win32" ? ["`"] : ["\\"];
  expect(renderCommand(["rdp repair", "--resource-group some-long-name", "--name vm-1"], layout)).toEqual([
    `  rdp repair ${continued}`,
    `    --resource-group some-long-name ${continued}`,
    "    --name vm-1",
  ]);
});
