import type { Problem } from "../../core/problem.ts";
import type { Outcome, RunState } from "../../core/run.ts";
import type { FleetOperation, PlanDecision, PlanGroup, Target, TargetResult } from "../fleet-operation.ts";

/** What the operation needs to know of one of its runs. */
export interface SeenRun {
  readonly state: RunState;
  readonly outcome: Pick<Outcome, "kind" | "summary" | "problem"> | null;
  /** The plan that waits for a decision. */
  readonly plan: PlanGroup | null;
  /** How many lock-outs its evidence shows ahead; absent before its end. */
  readonly lockouts?: number;
}

/** What a person asks of an operation. */
export type FleetSignal =
  | { readonly kind: "pause" | "resume" | "cancel"; readonly by: string }
  /** About all plans of this kind, those that wait and those that will. */
  | ({ readonly kind: "decide" } & Omit<PlanDecision, "at">);

export type FleetEvent =
  | FleetSignal
  /** These targets may start now. */
  | { readonly kind: "admitted"; readonly targets: readonly (Target & { readonly number: number; runId: string })[] }
  /** The run of this target is stored. */
  | { readonly kind: "started"; readonly number: number }
  /** Another run works on its VM. */
  | { readonly kind: "busy"; readonly number: number; readonly by: string }
  /** Its run cannot be made, for good. */
  | { readonly kind: "refused"; readonly number: number; readonly problem: Problem }
  /** Its run as it is stored; `null`: there is none. */
  | { readonly kind: "seen"; readonly number: number; readonly run: SeenRun | null }
  /** The run was asked to end, or was told the decision about its plan; whatever it answered. */
  | { readonly kind: "signalled"; readonly number: number };

/** The operation after an event, and the results that it brings. */
export interface Applied {
  readonly operation: FleetOperation;
  readonly results: readonly TargetResult[];
}
