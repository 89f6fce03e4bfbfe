import { isDeepStrictEqual } from "node:util";
import type { LocalService } from "../lib/compose.ts";
import type { Finding } from "../lib/core/finding.ts";
import { isUnreadable } from "../lib/core/guest-evidence.ts";
import type { Result } from "../lib/core/problem.ts";
import type { Run } from "../lib/core/run.ts";
import type { RunView } from "../lib/run-view/run-view.ts";
import { comparableState } from "../sandbox/windows/comparable.ts";
import { viewLocalRun } from "./local-runs.ts";
import type { Narrator } from "./narrator.ts";
import type { Progress } from "./progress.ts";
import { renderFindings } from "./render/findings.ts";
import { renderHandshakes } from "./render/handshake.ts";
import { renderPlan, renderReceipts } from "./render/plan.ts";
import type { CallSandbox } from "./sandbox.ts";

/** The sandbox and the service that the demonstration uses, and its output. */
export interface Stage extends CallSandbox {
  readonly local: LocalService;
  readonly progress: Progress;
  readonly narrator: Narrator;
}

/** Diagnosis, repair, undo and a second diagnosis; every claim is verified before it is printed. @throws NotShown */
export async function runDemo(stage: Stage): Promise<void> {
  const { sandbox, simulation, local, narrator } = stage;
  const { title, show, claim } = narrator;
  const vm = simulation.firstVm;
  const windows = () => comparableState(sandbox.windows(vm.name).state);
  const broken = windows();
  const { faulty = [], remediations = [] } = sandbox.world.expect ?? {};

  title("1. Diagnosis: why does this VM drop Remote Desktop?");
  const diagnosis = await settle(stage, local.service.start({ vm, intent: "diagnose", options, trigger }));
  const faults = diagnosis.findings.filter(({ verdict }) => verdict === "faulty");
  show(`Faults, by ${faults.length} of ${diagnosis.findings.length} checks`, (layout) =>
    renderFindings(faults, [], layout),
  );
  show("Plan", (layout) => (diagnosis.plan ? renderPlan(diagnosis.plan, layout) : []));
  claim(faulty.length > 0 && sameNames(faultsOf(diagnosis.findings), faulty), `Found ${faulty.join(", ")}.`);
  claim(
    sameNames(diagnosis.plan?.remediations.map(({ id }) => id) ?? [], remediations),
    `The least invasive repair is ${remediations.join(" and ")}.`,
  );
  claim(isDeepStrictEqual(windows(), broken), "The diagnosis has changed nothing inside Windows.");

  title("2. Repair: apply the plan, and prove it");
  const repair = await settle(stage, local.service.start({ vm, intent: "repair", options, trigger }));
  show("Done inside the VM", (layout) => renderReceipts(repair, layout));
  show("Handshake", (layout) => renderHandshakes({ ...repair.handshakes }, layout));
  claim(repair.outcome === "repaired", "The same checks, on new evidence, find no fault any more.");
  claim(
    resultOf(repair.handshakes.before) === "failed" && resultOf(repair.handshakes.after) === "completed",
    "The handshake failed before the repair and completes after it.",
  );
  const runCommandsOf = (run: RunView) => sandbox.scriptRuns.filter(({ runId }) => runId === run.id).length;
  claim(runCommandsOf(repair) === 2, `2 Run Commands were enough for all of it, in ${secondsOf(repair)} s.`);

  title("3. Undo: the former state, from the journal on the VM");
  const undo = await settle(stage, local.service.undo(repair.id, { force: false, trigger }));
  show("Done inside the VM", (layout) => renderReceipts(undo, layout));
  claim(
    undo.outcome === "undone" && runCommandsOf(undo) === 2,
    `The undo needed 2 Run Commands, one to look and one to restore, and ${secondsOf(undo)} s.`,
  );
  claim(isDeepStrictEqual(windows(), broken), "Windows is exactly as it was before the repair.");

  title("4. Diagnosis again: the faults are back");
  const again = await settle(stage, local.service.start({ vm, intent: "diagnose", options, trigger }));
  show("Handshake", (layout) => renderHandshakes({ now: again.handshakes.before }, layout));
  claim(sameNames(faultsOf(again.findings), faulty), `Found again: ${faulty.join(", ")}.`);
}

const trigger: Run["trigger"] = { kind: "terminal", by: "demo" };
const options: Run["options"] = { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [] };

async function settle({ local, progress, narrator }: Stage, starting: Promise<Result<Run>>): Promise<RunView> {
  const begun = await starting;
  if (!begun.ok) return narrator.giveUp(begun.problem.message);
  progress.follow(viewLocalRun(begun.value));
  const run = viewLocalRun(await local.engine.settled(begun.value.id));
  progress.stop();
  narrator.say(run.summary || `The run is ${run.state}.`);
  return run;
}

function faultsOf(findings: readonly Finding[]): string[] {
  return findings.filter(({ verdict }) => verdict === "faulty").map(({ check }) => check);
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return isDeepStrictEqual(new Set(some), new Set(others));
}

function resultOf(handshake: RunView["handshakes"]["before"]): string | null {
  return handshake && !isUnreadable(handshake) ? handshake.result : null;
}

function secondsOf({ createdDateTime, lastUpdatedDateTime }: RunView): string {
  return ((Date.parse(lastUpdatedDateTime) - Date.parse(createdDateTime)) / 1000).toFixed(1);
}
