import { expect, test } from "vitest";
import { hashChanges, type Plan } from "../../../lib/core/plan.ts";
import { Run, type RunState, runStates } from "../../../lib/core/run.ts";
import { acceptedRequests, type RunRequestName } from "../../../lib/runs/machine/requests.ts";
import { inFlight, phaseDataOf, type RunChanges, requestedAccess } from "../../fixtures/stored-run.ts";
import { newRun } from "../rig.ts";

const changes: Plan["changes"] = [{ kind: "restart-rdp-services", was: { TermService: "Running" } }];
const receipts: Run["receipts"] = [{ kind: "restart-rdp-services", target: "services", changed: true, note: null }];
const due = { ...requestedAccess, state: "due" };
const undoing = { purpose: "undo", why: "It was asked for." };

/** Every phase, and within a phase every point from which something else can be requested. */
const points: readonly [string, RunState, RunRequestName[], RunChanges][] = [
  ["it waits for its VM", "queued", ["cancel"], {}],
  ["it reads from Azure", "preflight", ["cancel"], {}],
  ["its look is about to begin", "collecting", ["cancel"], {}],
  ["its look is running", "collecting", ["cancel"], { script: inFlight("collect", { phase: "running" }) }],
  ["access is about to be requested", "planned", ["cancel"], { access: due }],
  ["access was requested", "planned", [], {}],
  ["a plan waits", "awaiting-approval", ["decision", "cancel"], {}],
  ["the next plan waits", "awaiting-approval", ["decision", "cancel"], { receipts }],
  ["the handshake before the changes", "probing", ["cancel"], {}],
  ["the handshake after the changes", "probing", [], { probing: "after", receipts }],
  ["the changes are about to be sent", "applying", ["cancel"], {}],
  ["the changes may have been sent", "applying", [], { script: inFlight("apply", { phase: "asked" }) }],
  ["the changes are being made", "applying", [], { script: inFlight("apply", { phase: "running" }) }],
  ["an earlier request may have been received", "applying", [], { script: inFlight("apply", { mayHaveRun: true }) }],
  ["the second plan is about to be sent", "applying", [], { receipts }],
  ["the VM restarts", "restarting", [], { receipts }],
  ["it looks again after the restart", "verifying", [], { receipts }],
  ["a setting is weakened", "weakened", ["cancel", "undo"], { receipts }],
  ["it rolls back", "rolling-back", [], { receipts }],
  ["an undo is about to be sent", "rolling-back", ["cancel"], { rollback: undoing }],
  ["an undo is running", "rolling-back", [], { rollback: undoing, script: inFlight("undo", { phase: "running" }) }],
  ["it has ended and changed nothing", "ended", [], {}],
  ["it has ended and changed the VM", "ended", ["undo"], { receipts }],
  ["its end is unknown", "ended", ["undo"], { outcome: { kind: "unknown", summary: "No reply." } }],
  ["it has rolled itself back", "ended", [], { receipts, outcome: { kind: "not-repaired", summary: "Rolled back." } }],
];

function runAt(state: RunState, given: RunChanges): Run {
  const data = phaseDataOf(state);
  const plan = { ...(data.plan ?? {}), changes, hash: hashChanges(changes) };
  return Run.parse({ ...newRun("repair"), ...data, ...(data.plan !== undefined && { plan }), state, ...given });
}

test.each(points)("%s (%s): it accepts %j", (_, state, accepted, given) => {
  expect(acceptedRequests(runAt(state, given))).toEqual(accepted);
});

test("every phase is among them", () => {
  expect(new Set(points.map(([, state]) => state))).toEqual(new Set(runStates));
});
