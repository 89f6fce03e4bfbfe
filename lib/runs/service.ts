import type { Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { createRun, type RunRequest, undoRequest } from "./create-run.ts";
import type { RunEngine } from "./ports.ts";

/** The two ways in which work begins, whatever the door it comes through. All else is asked of the engine. */
export interface RunService {
  start(request: Omit<RunRequest, "id">): Promise<Result<Run>>;
  /** Takes back what a run changed, as a run of its own. */
  undo(runId: string, options: { force: boolean; trigger: Run["trigger"] }): Promise<Result<Run>>;
}

export function createRunService(engine: RunEngine, now: () => Date, newId: () => string): RunService {
  async function begin(request: RunRequest): Promise<Result<Run>> {
    const created = createRun(request, now());
    return created.ok ? engine.start(created.value) : created;
  }
  return {
    start: (request) => begin({ ...request, id: newId() }),
    async undo(runId, { force, trigger }) {
      const run = await engine.get(runId);
      if (!run.ok) return run;
      const request = undoRequest(run.value, newId(), trigger, force);
      return request.ok ? begin(request.value) : request;
    },
  };
}
