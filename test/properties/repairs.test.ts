import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Change, changeTarget, isAllowed } from "../../lib/core/change.ts";
import type { Evidence } from "../../lib/core/evidence.ts";
import { hashChanges } from "../../lib/core/plan.ts";
import { GuestRequest } from "../../lib/guest/protocol.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { planRepair } from "../../lib/runs/planning/planner.ts";
import { answerRequest } from "../../sandbox/guest/answer.ts";
import { collect } from "../../sandbox/guest/collect.ts";
import { findProhibition } from "../../sandbox/guest/plan-change.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { simulateWindows, type WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import { evidenceOf, findingsOf } from "../guest/remedied.ts";
import { rigTime, runId } from "../guest/scenarios-rig.ts";
import { anyWindows, stateOf } from "./any-windows.ts";
import { weakenings } from "./weaker.ts";

/*
 * What holds for every Windows, known or not: whatever the checks find and the planner makes of it, the guest has room
 * for it, nobody is weaker for it, doing it twice is doing it once, and its undo is exact.
 */

/** As a run would ask: what the planner chooses by itself, or what somebody names, and insists on or not. */
const wish = fc.oneof(
  fc.constant({ force: false }),
  fc.record({
    remediations: fc.subarray(
      remediations.filter(({ risk }) => risk !== "weakens-security").map(({ id }) => id),
      { minLength: 1 },
    ),
    force: fc.boolean(),
  }),
);

function start(state: ReturnType<typeof stateOf>): WindowsSimulator {
  return simulateWindows(state, { now: () => rigTime });
}

/** Looks without the detour over a script and its reply, which other tests hold to be the same. */
function evidence(windows: WindowsSimulator, at?: string): Evidence {
  return evidenceOf(collect(windows.startProcess().adapter), at);
}

function plan(from: Evidence, asked: { remediations?: string[]; force: boolean } = { force: false }): Change[] {
  const planned = planRepair(from, findingsOf(from), asked);
  if (!planned.ok) throw new Error(planned.problem.message);
  return planned.value.changes;
}

function send(windows: WindowsSimulator, script: "apply" | "undo", request: Partial<GuestRequest> & { runId: string }) {
  const process = windows.startProcess();
  const whole = GuestRequest.parse({
    version: 1,
    step: `${script}-1`,
    notAfter: "2026-11-21T08:10:00.000Z",
    clockAheadSeconds: windows.state.clockAheadSeconds,
    ...request,
  });
  const reply = answerRequest(script, whole, process.adapter);
  process.end();
  return reply;
}

/** Choices of somebody that are given up when a remediation is named, or named and forced, and by nothing else. */
function givenUpByName({ remediations: named = [], force }: { remediations?: string[]; force: boolean }): string[] {
  return [
    ...(named.includes("allow-rdp-in-local-policy") ? ["policy/fDenyTSConnections was changed"] : []),
    ...(named.includes("reset-rdp-port") && force ? ["rdp-tcp/PortNumber was changed"] : []),
  ];
}

describe("for any Windows", () => {
  test("the planner proposes nothing outside of the allow-list, no weakening, and each thing once", () => {
    fc.assert(
      fc.property(anyWindows, wish, (windows, asked) => {
        const changes = plan(evidence(start(stateOf(windows))), asked);
        for (const change of changes) {
          expect(isAllowed(change)).toBe(true);
          expect(findProhibition(change)).toBeNull();
          expect(change.kind).not.toBe("weaken-registry-value");
        }
        expect(new Set(changes.map(changeTarget)).size).toBe(changes.length);
      }),
      { numRuns: 400 },
    );
  });

  test("what is applied weakens nothing, is the same when applied again, and is undone exactly", () => {
    let done = 0;
    fc.assert(
      fc.property(anyWindows, wish, (given, asked) => {
        const windows = start(stateOf(given));
        const seen = evidence(windows);
        const changes = plan(seen, asked);
        fc.pre(changes.length > 0);
        const before = structuredClone(windows.state);
        const reply = send(windows, "apply", { runId: runId(1), changes });
        if (reply.status !== "done") {
          expect(["refused", "rolled-back", "journal-unusable"], reply.reason ?? "").toContain(reply.status);
          expect(comparableState(windows.state)).toEqual(comparableState(before));
          return;
        }
        done += 1;
        const leavesKeysBehind = changes.some((change) => change.kind === "rename-machine-keys-folder" && change.force);
        // Forced, the keys that cannot be read stay in the folder that was put aside, and the plan says so.
        const found = weakenings(before, windows.state)
          .filter((line) => !leavesKeysBehind || !line.endsWith("is gone"))
          .filter((line) => !givenUpByName(asked).includes(line));
        expect(found).toEqual([]);
        const repaired = comparableState(windows.state);

        const again = send(windows, "apply", { runId: runId(1), step: "apply-2", changes });
        expect(again.receipts.filter(({ changed }) => changed)).toEqual([]);
        expect(comparableState(windows.state)).toEqual(repaired);

        const undone = send(windows, "undo", { runId: runId(2), undoes: runId(1) });
        expect(undone, undone.reason ?? "").toMatchObject({ status: "done", conflicts: [] });
        expect(comparableState(windows.state)).toEqual(comparableState(before));
      }),
      { numRuns: 400 },
    );
    expect(done).toBeGreaterThan(100);
  });

  test("a repair by the planner's own choice leaves nothing that the same repair would find", () => {
    fc.assert(
      fc.property(anyWindows, (given) => {
        const windows = start(stateOf(given));
        const changes = plan(evidence(windows));
        fc.pre(changes.length > 0);
        if (send(windows, "apply", { runId: runId(1), changes }).status !== "done") return;
        const more = plan(evidence(windows)).filter(({ kind }) => kind !== "restart-rdp-services");
        expect(more.filter((change) => changes.some((one) => hashChanges([one]) === hashChanges([change])))).toEqual(
          [],
        );
      }),
      { numRuns: 200 },
    );
  });

  test("the plan depends on the clock by what expires or begins alone", () => {
    const day = 86_400_000;
    fc.assert(
      fc.property(anyWindows, fc.integer({ min: -60, max: 60 }), (given, days) => {
        const windows = start(stateOf(given));
        const now = evidence(windows);
        const later = rigTime.getTime() + days * day;
        const [from, to] = [Math.min(rigTime.getTime(), later), Math.max(rigTime.getTime(), later)];
        const { certificates, presentedSinceStart } = windows.state;
        const times = Object.values(certificates).flatMap((store) =>
          Object.values(store).flatMap(({ notBefore, notAfter }) => [notBefore, notAfter]),
        );
        // TermService may present one that is in no store any more.
        if (presentedSinceStart) times.push(presentedSinceStart.notAfter);
        const moments = times.map((time) => Date.parse(time));
        fc.pre(!moments.some((moment) => from <= moment && moment <= to));
        expect(hashChanges(plan({ ...now, at: new Date(later).toISOString() }))).toBe(hashChanges(plan(now)));
      }),
      { numRuns: 300 },
    );
  });
});
