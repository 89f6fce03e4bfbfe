import type { Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { createRun, type RunRequest, undoRequest } from "./create-run.ts";
import type { RunEngine } from "./ports.ts";

/** The two ways in which work begins, whatever the door it comes through. All else is asked of the engine. */
export interface RunService {
  /** Without an id it makes one. The id of an earlier run answers with that run, whatever is asked: compare the two. */
  start(request: Omit<RunRequest, "id"> & { id?: string }): Promise<Result<Run>>;
  /** Takes back what a run changed, as a run of its own. */
  undo(
    runId: string,
    options: { force: boolean; trigger: Run["trigger"]; id?: string; operation?: Run["operation"] },
  ): Promise<Result<Run>>;
}

export function createRunService(engine: RunEngine, now: () => Date, newId: () => string): RunService {
  async function begin(request: RunRequest): Promise<Result<Run>> {
    const created = createRun(request, now());
    return created.ok ? engine.start(created.value) : created;
  }
  return {
    start: (request) => begin({ ...request, id: request.id ?? newId() }),
    async undo(runId, { force, trigger, id = newId(), operation = null }) {
      const run = await engine.get(runId);
      if (!run.ok) return run;
      const request = undoRequest(run.value, id, trigger, force);
      return request.ok ? begin({ ...request.value, operation }) : request;
    },
  };
}
