import { describe, expect, test } from "vitest";
import { fail, ok } from "../../../lib/core/problem.ts";
import type { Run } from "../../../lib/core/run.ts";
import { summarizeRun } from "../../../lib/run-view/summarize-run.ts";
import { viewRun } from "../../../lib/run-view/view-run.ts";
import { apply } from "../../../lib/runs/machine/machine.ts";
import type { AlertReporter } from "../../../lib/runs/ports.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

/*
 * An alert is acknowledged when the plan of its run waits for a decision, and nothing depends on that.
 */

const alertId =
  "/subscriptions/00000000-0000-4000-8000-000000000001/providers/Microsoft.AlertsManagement/alerts/00000000-0000-4000-8000-0000000000a1";

function rig(answer: AlertReporter["report"] = async () => ok("reported")) {
  const reports: { state: string; comment: string }[] = [];
  const alerts: AlertReporter = {
    report(id, report) {
      expect(id).toBe(alertId);
      reports.push(report);
      return answer(id, report);
    },
  };
  const [clock, fake] = [new FakeClock(), new FakeVm()];
  fake.guest = disabledRdp();
  const asked = newRun("repair", { maximumRisk: "none" }, clock);
  const alert = { id: alertId, cause: "tls", untagged: "repair" as const };
  const run: Run = { ...asked, alertReported: false, trigger: { kind: "alert", by: "an alert", alert } };
  const pageOf = (id: string) => `https://rdp.contoso.example/app/#/runs/${id}`;
  const go = (from: Run) => drive(from, fake, clock, undefined, { alerts, pageOf });
  const decide = (waiting: Run, approved: boolean) =>
    apply(waiting, { kind: "decide", approved, by: "ada", planHash: waiting.plan?.hash ?? "" }, clock.now());
  return { reports, run, go, decide, clock };
}

const refused = async () => fail("right-missing", "The right is missing.");
const unavailable = async () => fail("azure-unavailable", "Azure does not answer.", { retryable: true });

describe("the alert of a run whose plan waits", () => {
  test("is acknowledged once, with who decides, until when, and where; and is closed at the end", async () => {
    const { reports, run, go, decide } = rig();
    const { run: waiting } = await go(run);
    expect(waiting).toMatchObject({ state: "awaiting-approval", alertReported: false, wait: null });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ state: "Acknowledged" });
    expect(reports[0]?.comment).toContain("An identity with the role Rdp.Approve decides");
    expect(reports[0]?.comment).toContain(waiting.decideBy);
    expect(reports[0]?.comment).toContain(`https://rdp.contoso.example/app/#/runs/${run.id}`);
    const { run: ended } = await go(decide(waiting, true));
    expect(ended).toMatchObject({ outcome: { kind: "repaired" }, alertReported: true });
    expect(reports.slice(1)).toMatchObject([{ state: "Closed" }]);
  });

  test.each([
    ["refuses", refused, 1],
    ["does not answer", unavailable, 3],
  ])("that %s: the plan waits on, and is decided about", async (_, answer, attempts) => {
    const { reports, run, go, decide, clock } = rig(answer);
    let { run: waiting } = await go(run);
    while (waiting.wait) {
      clock.passTo(new Date(waiting.wait.until));
      ({ run: waiting } = await go(waiting));
    }
    expect(waiting).toMatchObject({ state: "awaiting-approval", attempts: 0 });
    expect(reports).toHaveLength(attempts);
    // The log tells of the alert, too; why the run waits is something else.
    const because = expect.stringMatching(/^The plan's risk is .* Waiting for a decision until /);
    expect(viewRun(waiting, { whoMayDecide: () => "", showsDetail: false }).awaits).toMatchObject({ because });
    expect(summarizeRun(waiting).latestMessage).toEqual(because);
    const { run: ended } = await go(decide(waiting, true));
    expect(ended).toMatchObject({ outcome: { kind: "repaired" } });
  });

  test.each([
    { kind: "alert-acknowledged" } as const,
    {
      kind: "effect-failed",
      effect: "acknowledge-alert",
      name: null,
      problem: fail("azure-refused", "No.").problem,
    } as const,
  ])("an answer that comes after the decision changes nothing: $kind", async (late) => {
    const { run, go, decide, clock } = rig();
    const { run: waiting } = await go(run);
    const applying = decide(waiting, true);
    expect(apply(applying, late, clock.now())).toBe(applying);
    const rejected = decide(waiting, false);
    expect(rejected.state).toBe("ended");
    const after = apply(rejected, late, clock.now());
    // The outcome is still to be reported.
    expect(after.alertReported).toBe(false);
  });

  test("a run without an alert reports to none", async () => {
    const { reports, run, go } = rig();
    const { run: waiting } = await go({ ...run, alertReported: true, trigger: { kind: "http", by: "ada" } });
    expect(waiting.state).toBe("awaiting-approval");
    expect(reports).toEqual([]);
  });
});
