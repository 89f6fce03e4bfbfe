import type { Step } from "../runs/stepper.ts";

/** A result that is awaited by yielding it. */
export type Task = object;

export interface TimerTask extends Task {
  cancel(): void;
}

/**
 * The part of the Durable Functions context that is used here: what versions 3 and 4 of its library have in common, so
 * that the engine works with both.
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

/**
 * The input of an orchestration and its activity. Not a bare string: the library would add quotation marks to it at
 * each restart.
 */
export type DriveInput =
  | { readonly runId: string }
  | { readonly operationId: string }
  /** Nothing is to be done: see pulse.ts. */
  | { readonly pulse: string };

/**
 * The names that the engine, the orchestration and its host share. Renaming one strands the orchestrations in progress.
 */
export const durableNames = { orchestration: "driveRun", activity: "advanceRun", event: "signal" } as const;

/** For a failure of the activity itself: a failure of the store or the worker, never of the run. */
const retryMs = 60_000;

/**
 * Drives one run, or one operation over many VMs: advances it until it must wait, waits until it is due or signalled, and continues as new with an
 * empty history. It is replayed from its start at each step, so it may read nothing but its context.
 *
 * Each generation waits once. The library delivers an event to the wait that was made last, or to an earlier wait whose
 * result is no longer used. With several waits in one history a signal could be lost. A signal between two generations
 * is not lost: it is saved in the run before it is raised, and each generation begins by reading the run.
 */
export function* driveRun({ df }: Ctx): Generator<Task, void, unknown> {
  const input = df.getInput();
  const step = yield* advance(df, input);
  if (step.kind === "rest") return;
  if (step.kind === "wait") {
    const timer = df.createTimer(new Date(step.until));
    const first = yield df.Task.any([timer, df.waitForExternalEvent(durableNames.event)]);
    if (first !== timer) timer.cancel();
  }
  df.continueAsNew(input);
}

function* advance(df: Ctx["df"], input: unknown): Generator<Task, Step, unknown> {
  try {
    return (yield df.callActivity(durableNames.activity, input)) as Step;
  } catch {
    return { kind: "wait", until: new Date(df.currentUtcDateTime.getTime() + retryMs).toISOString() };
  }
}
