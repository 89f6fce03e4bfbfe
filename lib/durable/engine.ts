import { fail, type Problem } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { next } from "../runs/machine/machine.ts";
import { unfinishedRuns } from "../runs/maintenance/unfinished-runs.ts";
import type { RunEngine, RunStore } from "../runs/ports.ts";
import type { Stepper } from "../runs/stepper.ts";

/** The orchestrations, one for each run under the run's id. */
export interface Orchestrations {
  /** Begins to drive the run. Harmless while it is being driven already. */
  start(runId: string): Promise<void>;
  /** Whether it is being driven, or about to be. */
  isAlive(runId: string): Promise<boolean>;
  /** Ends its wait. */
  raise(runId: string): Promise<void>;
}

export interface DurableEngine extends RunEngine {
  /** Begins again with every unfinished run that nobody drives, and wakes those that slept through their time. */
  resume(): Promise<void>;
}

export interface DurableEngineOptions {
  readonly orchestrations: Orchestrations;
  readonly store: RunStore;
  readonly stepper: Stepper;
  readonly now: () => Date;
}

/** So long a run is left to whoever is working on it: to the one that stored it, and to its timers. */
const graceMs = 30_000;

/**
 * Drives the run machine by Durable Functions. The store is the truth, an orchestration only its alarm clock: a signal
 * is first taken into the stored run and then raised, and an orchestration that was lost is simply started again.
 */
export function createDurableEngine({ orchestrations, store, stepper, now }: DurableEngineOptions): DurableEngine {
  async function start(runId: string): Promise<void> {
    await told(orchestrations.start(runId));
  }

  async function wake(runId: string): Promise<void> {
    if (await told(orchestrations.isAlive(runId))) await told(orchestrations.raise(runId));
    else await start(runId);
  }

  async function takeUp(run: Run, before: Date): Promise<void> {
    if (Date.parse(run.updatedAt) > before.getTime()) return;
    const effect = next(run, before);
    if (effect.kind === "none") return;
    const isDue = effect.kind !== "wait" || Date.parse(effect.until) <= before.getTime();
    if (isDue) await wake(run.id);
    else if (!(await told(orchestrations.isAlive(run.id)))) await start(run.id);
  }

  return {
    async start(run) {
      // Whoever stored it starts it, and `resume` where that was cut short: of many deliveries, one starts.
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

/** Durable Functions did not do as it was asked. The store knows better, so that nothing is lost. */
class NotTold extends Error {}

async function told<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    throw new NotTold(`Durable Functions could not be told: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What it means that such an engine has thrown; `null` for a surprise. */
export function durableProblem(error: unknown): Problem | null {
  if (!(error instanceof NotTold)) return null;
  const message =
    "This is kept, and work on it begins within minutes: Durable Functions could not be told at once. Ask for the run, or send the same again under the same Operation-Id.";
  return fail("azure-unavailable", message, { retryable: true }).problem;
}
