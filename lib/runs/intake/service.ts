import type { Result } from "../../core/problem.ts";
import type { Run, RunLimits } from "../../core/run.ts";
import type { RunEngine } from "../ports.ts";
import { createRun, type RunRequest, undoRequest } from "./create-run.ts";
import { lastSeenPort } from "./last-seen-port.ts";

/** The two ways in which work begins, whatever the door it comes through. All else is asked of the engine. */
export interface RunService {
  /** Without an id it makes one. The id of an earlier run answers with that run, whatever is asked: compare the two. */
  start(request: Omit<RunRequest, "id" | "limits"> & { id?: string }): Promise<Result<Run>>;
  /** Takes back what a run changed, as a run of its own; a run that keeps a setting relaxed restores it by itself, now. */
  undo(
    runId: string,
    options: { force: boolean; trigger: Run["trigger"]; id?: string; operation?: Run["operation"] },
  ): Promise<Result<Run>>;
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
    async start(request) {
      const port = await lastSeenPort(engine, request.vm, request.options);
      return begin({ ...request, options: { ...request.options, ...port }, id: request.id ?? newId() });
    },
    async undo(runId, { force, trigger, id = newId(), operation = null }) {
      const run = await engine.get(runId);
      if (!run.ok) return run;
      if (run.value.state === "weakened") return engine.signal(runId, { kind: "cancel", by: trigger.by });
      const request = undoRequest(run.value, id, trigger, force);
      return request.ok ? begin({ ...request.value, operation }) : request;
    },
  };
}
