import type { Run } from "../../core/run.ts";
import type { RunEvent } from "../effects.ts";

/*
 * The events that a phase must handle. A phase names those that it ignores, so a phase that forgets an event does not
 * compile.
 */

export type Events<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

/** Events that can occur in every phase, and are handled for all phases in one place. */
export type AccompanyingEvent = Events<
  | "claimed"
  | "claim-held"
  | "released"
  | "alert-reported"
  | "alert-acknowledged"
  | "fix-handed-over"
  | "script-discarded"
>;

export type PhaseEvent = Exclude<RunEvent, AccompanyingEvent>;

export type ScriptAnswer = "script-started" | "script-running" | "script-absent" | "script-finished";

/** An event that comes too late or does not fit the phase changes nothing: signals may come at any time. */
export function ignoreEvent(run: Run, _event: RunEvent): Run {
  return run;
}
