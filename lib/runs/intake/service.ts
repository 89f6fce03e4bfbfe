import { fail, ok, type Result } from "../../core/problem.ts";
import type { Risk } from "../../core/risk.ts";
import type { Run, RunLimits } from "../../core/run.ts";
import { vmKey } from "../../core/vm-id.ts";
import { planUndo } from "../planning/undo-plan.ts";
import type { RunEngine } from "../ports.ts";
import { createRun, type RunRequest } from "./create-run.ts";
import { lastSeenPort } from "./last-seen-port.ts";

export interface UndoOptions {
  readonly force: boolean;
  readonly trigger: Run["trigger"];
  readonly id?: string;
  readonly operation?: Run["operation"];
  /** What the undo may do without a decision; sessions may be interrupted when absent. */
  readonly maximumRisk?: Risk;
}

/** The two ways in which work begins, whatever the door it comes through. All else is asked of the engine. */
export interface RunService {
  /** Without an id it makes one. The id of an earlier run answers with that run, whatever is asked: compare the two. */
  start(request: Omit<RunRequest, "id" | "limits" | "plan"> & { id?: string }): Promise<Result<Run>>;
  /**
   * Takes back what a run changed, as a run of its own. A run that has changed nothing yet is cancelled, one that keeps a
   * setting weakened restores it by itself, now. What is taken back already, or about to be, answers with the run that does so.
   */
  undo(runId: string, options: UndoOptions): Promise<Result<Run>>;
  /** The run that has taken this one back, or is about to; `null` when there is none. */
  undoneBy(run: Run): Promise<Run | null>;
}

/** How many runs of a VM are looked through for the one that has taken another back. */
const memory = 50;

export function createRunService(
  engine: RunEngine,
  now: () => Date,
  newId: () => string,
  limits?: RunLimits,
): RunService {
  async function begin(request: RunRequest): Promise<Result<Run>> {
    const created = createRun({ ...request, ...(limits && { limits }) }, now());
    return created.ok ? engine.start(created.value) : created;
  }

  async function undoneBy({ id, vm }: Run): Promise<Run | null> {
    const { runs } = await engine.list({ vmKey: vmKey(vm), limit: memory });
    const undos = runs.filter((run) => run.intent === "undo" && run.options.undoes === id);
    const inForce = undos.find((run) => run.state !== "ended" || run.outcome.kind === "undone");
    if (!inForce || inForce.state !== "ended") return inForce ?? null;
    // An undo that was itself taken back is in force no more.
    const again = await undoneBy(inForce);
    return again?.outcome?.kind === "undone" ? null : inForce;
  }

  return {
    undoneBy,
    async start(request) {
      const port = await lastSeenPort(engine, request.vm, request.options);
      return begin({ ...request, options: { ...request.options, ...port }, id: request.id ?? newId() });
    },
    async undo(runId, options) {
      const found = await engine.get(runId);
      if (!found.ok) return found;
      const run = found.value;
      if (run.state !== "ended") return callOff(run, options.trigger.by);
      const earlier = await undoneBy(run);
      if (earlier) return ok(earlier);
      const request = undoRequest(run, options.id ?? newId(), options);
      return request.ok ? begin(request.value) : request;
    },
  };

  async function callOff(run: Run, by: string): Promise<Result<Run>> {
    const called = await engine.signal(run.id, { kind: "cancel", by });
    if (called.ok || called.problem.code !== "decision-not-awaited") return called;
    const message = `Run ${run.id} is still ${run.state}. Wait for it to end, then undo what it has changed.`;
    return fail("run-not-undoable", message);
  }
}

/** The request that takes back an ended run, or why there is nothing to take back. */
export function undoRequest(
  run: Extract<Run, { state: "ended" }>,
  id: string,
  { force, trigger, operation = null, maximumRisk = "interrupts-sessions" }: UndoOptions,
): Result<RunRequest> {
  const plan = planUndo(run);
  if (!plan) {
    return fail("run-not-undoable", `Nothing of what run ${run.id} did is in effect, so there is nothing to undo.`);
  }
  const options = { force, dryRun: false, maximumRisk, sources: run.options.sources, undoes: run.id };
  return ok({ id, vm: run.vm, intent: "undo", options, trigger, operation, plan });
}
