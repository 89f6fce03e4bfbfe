import { once } from "node:events";
import { userInfo } from "node:os";
import type { LocalService } from "../lib/compose.ts";
import { ok, type Result } from "../lib/core/problem.ts";
import type { Run } from "../lib/core/run.ts";
import type { RunView } from "../lib/run-view/run-view.ts";
import { type Viewer, viewRun } from "../lib/run-view/view-run.ts";
import type { RunsPort } from "./runs-port.ts";

/** A run of this machine, for the person at its terminal. */
const localViewer: Viewer = { whoMayDecide: () => "Anybody who may use this machine's runs", showsDetail: true };

export function viewLocalRun(run: Run, undoneBy: Run | null = null): RunView {
  return viewRun(run, localViewer, undoneBy);
}

/** The runs of the engine in this process. */
export function createLocalRuns({ engine, service }: Pick<LocalService, "engine" | "service">): RunsPort {
  const trigger: Run["trigger"] = { kind: "terminal", by: userName() };
  const view = (found: Result<Run>): Result<RunView> => (found.ok ? ok(viewLocalRun(found.value)) : found);
  return {
    async start({ vm, intent, options: { maximumRisk = "interrupts-sessions", ...options } }) {
      return view(await service.start({ vm, intent, options: { ...options, maximumRisk }, trigger }));
    },
    get: async (runId) => view(await engine.get(runId)),
    async decide(runId, { approved, planHash, reason }) {
      const decision = { approved, planHash, by: trigger.by, ...(reason === undefined ? {} : { reason }) };
      return view(await engine.signal(runId, { kind: "decide", ...decision }));
    },
    cancel: async (runId) => view(await engine.signal(runId, { kind: "cancel", by: trigger.by })),
    undo: async (runId, { force }) => view(await service.undo(runId, { force, trigger })),
    async settled(runId, stopped) {
      const settled = engine.settled(runId).then((run) => view(ok(run)));
      return stopped ? Promise.race([settled, waitForAbort(stopped)]) : settled;
    },
  };
}

/** Resolves when the signal aborts. */
export async function waitForAbort(signal: AbortSignal): Promise<null> {
  if (!signal.aborted) await once(signal, "abort");
  return null;
}

export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user id may have no name.
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}
