import type { Step } from "../runs/stepper.ts";

/** A result that is awaited by yielding it. */
export type Task = object;

export interface TimerTask extends Task {
  cancel(): void;
}

/**
 * The part of the Durable Functions context that is used here: what versions 3 and 4 of its library have in common, so that
 * the engine survives the change.
 */
export interface Ctx {
  readonly df: {
    readonly currentUtcDateTime: Date;
    readonly Task: { any(tasks: Task[]): Task };
    getInput(): unknown;
    callActivity(name: string, input: unknown): Task;
    createTimer(fireAt: Date): TimerTask;
    waitForExternalEvent(name: string): Task;
    continueAsNew(input: unknown): void;
  };
}

/** What an orchestration and its activity are given. No bare text: the library would wrap it in quotation marks at each new beginning. */
export interface DriveInput {
  readonly runId: string;
}

/** The names by which the engine, the orchestration and its host know each other. Renaming one strands what is running. */
export const names = { orchestration: "driveRun", activity: "advanceRun", event: "signal" } as const;

/** When advancing itself failed, which is the store's or the worker's failure and never the run's. */
const retryMs = 60_000;

/**
 * Drives one run: advances it as far as it goes, waits until it is due or signalled, and begins anew with an empty history.
 * Replayed from its start at each step, so it may look at nothing but its context.
 *
 * Each generation waits once. The library hands an event to the wait that was made last, or to an earlier one that
 * nobody looks at any more: with several in one history a signal could be lost. One that comes between two generations
 * does no harm: it is in the stored run before it is raised, and a generation begins by looking there.
 */
export function* driveRun({ df }: Ctx): Generator<Task, void, unknown> {
  const input = df.getInput();
  const step = yield* advance(df, input);
  if (step.kind === "rest") return;
  if (step.kind === "wait") {
    const timer = df.createTimer(new Date(step.until));
    const first = yield df.Task.any([timer, df.waitForExternalEvent(names.event)]);
    if (first !== timer) timer.cancel();
  }
  df.continueAsNew(input);
}

function* advance(df: Ctx["df"], input: unknown): Generator<Task, Step, unknown> {
  try {
    return (yield df.callActivity(names.activity, input)) as Step;
  } catch {
    return { kind: "wait", until: new Date(df.currentUtcDateTime.getTime() + retryMs).toISOString() };
  }
}
