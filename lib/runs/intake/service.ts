import { fail, ok, type Result } from "../../core/problem.ts";
import type { Risk } from "../../core/risk.ts";
import type { Run, RunLimits } from "../../core/run.ts";
import { planUndo } from "../planning/undo-plan.ts";
import type { RunEngine } from "../ports.ts";
import { createRun, type RunRequest } from "./create-run.ts";
import { findUndo } from "./find-undo.ts";
import { lastSeenPort } from "./last-seen-port.ts";

export interface UndoOptions {
  readonly force: boolean;
  readonly trigger: Run["trigger"];
  readonly id?: string;
  readonly operation?: Run["operation"];
  /** What the undo may do without an approval; absent: `interrupts-sessions`. */
  readonly maximumRisk?: Risk;
}

/** Starts runs and undos for every entry point: terminal, HTTP and alerts. All other operations are the engine's. */
export interface RunService {
  /**
   * Creates an id when none is given. For the id of an earlier run it returns that run, whatever the request: the
   * caller must compare the two.
   */
  start(request: Omit<RunRequest, "id" | "limits" | "plan"> & { id?: string }): Promise<Result<Run>>;
  /**
   * Undoes a run by a new run. A run that has changed nothing yet is cancelled. A run that keeps a setting weakened
   * restores it itself, at once. For a run that is undone already, or is being undone, it returns the run that does so
   * (see `findUndo`).
   */
  undo(runId: string, options: UndoOptions): Promise<Result<Run>>;
  /** See `findUndo`. */
  undoneBy(run: Run, force: boolean): Promise<Run | null>;
}

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

  return {
    undoneBy: (run, force) => findUndo(engine, run, force),
    async start(request) {
      const port = await lastSeenPort(engine, request.vm, request.options);
      return begin({ ...request, options: { ...request.options, ...port }, id: request.id ?? newId() });
    },
    async undo(runId, options) {
      const found = await engine.get(runId);
      if (!found.ok) return found;
      const run = found.value;
      if (run.state !== "ended") return callOff(run, options.trigger.by);
      const earlier = await findUndo(engine, run, options.force);
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

/** The request that undoes an ended run, or the reason why there is nothing to undo. */
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
