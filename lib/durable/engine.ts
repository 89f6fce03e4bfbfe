import { fail, type Problem } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { next } from "../runs/machine/machine.ts";
import { unfinishedRuns } from "../runs/maintenance/unfinished-runs.ts";
import type { RunEngine, RunStore } from "../runs/ports.ts";
import type { Stepper } from "../runs/stepper.ts";

/** The orchestrations: one for each run, with the run's id as its instance id. */
export interface Orchestrations {
  /** Starts the run's orchestration. No effect when it is already running. */
  start(runId: string): Promise<void>;
  /** The same for an operation over many VMs. */
  startOperation(operationId: string): Promise<void>;
  /** The same for a pulse, which shows that orchestrations are worked on. */
  startPulse(instanceId: string): Promise<void>;
  /** Whether the run's orchestration is running, or about to start. */
  isAlive(runId: string): Promise<boolean>;
  /** Ends its wait. */
  raise(runId: string): Promise<void>;
  /** Deletes the history that Durable Functions keeps of an ended one; no effect when there is none. */
  purge(runId: string): Promise<void>;
}

export interface DurableEngine extends RunEngine {
  /** Starts an orchestration for every unfinished run that has none, and wakes those that are past their due time. */
  resume(): Promise<void>;
}

export interface DurableEngineOptions {
  readonly orchestrations: Orchestrations;
  readonly store: RunStore;
  readonly stepper: Stepper;
  readonly now: () => Date;
}

/** For this long a run is left to the process that stored it, and to its timers. */
const graceMs = 30_000;

/**
 * Drives the run machine by Durable Functions. The store is the source of truth; an orchestration only supplies the
 * timers. A signal is first saved in the stored run and then raised. An orchestration that was lost is started again.
 */
export function createDurableEngine({ orchestrations, store, stepper, now }: DurableEngineOptions): DurableEngine {
  async function start(runId: string): Promise<void> {
    await callOrchestrations(orchestrations.start(runId));
  }

  async function wake(runId: string): Promise<void> {
    if (await callOrchestrations(orchestrations.isAlive(runId))) await callOrchestrations(orchestrations.raise(runId));
    else await start(runId);
  }

  async function takeUp(run: Run, before: Date): Promise<void> {
    if (Date.parse(run.updatedAt) > before.getTime()) return;
    const effect = next(run, before);
    if (effect.kind === "none") return;
    const isDue = effect.kind !== "wait" || Date.parse(effect.until) <= before.getTime();
    if (isDue) await wake(run.id);
    else if (!(await callOrchestrations(orchestrations.isAlive(run.id)))) await start(run.id);
  }

  return {
    async start(run) {
      // The process that stored the run starts it; `resume` does so when that process was interrupted. Of many
      // deliveries of one alert, one stores the run.
      if ((await store.create(run)) === "created") await start(run.id);
      return stepper.load(run.id);
    },
    get: stepper.load,
    list: (query) => store.list(query),
    async signal(runId, signal) {
      const taken = await stepper.signal(runId, signal);
      if (taken.ok) await wake(runId);
      return taken;
    },
    async resume() {
      const before = new Date(now().getTime() - graceMs);
      const failures: unknown[] = [];
      for await (const run of unfinishedRuns(store)) {
        await takeUp(run, before).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) {
        const message = `${failures.length} of the unfinished runs could not be taken up again: ${messageOf(failures[0])}`;
        throw new AggregateError(failures, message);
      }
    },
  };
}

/** A request to Durable Functions failed. The run is safe in the store, so nothing is lost. */
class NotTold extends Error {}

export async function callOrchestrations<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    throw new NotTold(`Durable Functions could not be told: ${messageOf(cause)}`, { cause });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The problem behind an error that this engine threw; `null` when the error is unexpected. */
export function durableProblem(error: unknown): Problem | null {
  if (!(error instanceof NotTold)) return null;
  const message =
    "This is kept, and work on it begins within minutes: Durable Functions could not be told at once. Ask for the run, or send the same again under the same Operation-Id.";
  return fail("azure-unavailable", message, { retryable: true }).problem;
}
