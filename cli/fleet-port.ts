import type { Result } from "../lib/core/problem.ts";
import type { RunOptions } from "../lib/core/run-request.ts";
import type { FleetPolicy } from "../lib/fleet/fleet-operation.ts";
import type { OperationView } from "../lib/fleet/operation-view.ts";
import type { Selection } from "../lib/fleet/ports.ts";
import type { ResultRow } from "../lib/fleet/results.ts";
import type { ScanRow } from "../lib/scan/scan-row.ts";

/*
 * What the commands need for operations over many VMs, of the engine in this process or of a service.
 */

export interface FleetRequest {
  readonly intent: "diagnose" | "repair";
  readonly policy: FleetPolicy;
  readonly selection: Selection;
  readonly options: Omit<RunOptions, "maximumRisk"> & Partial<Pick<RunOptions, "maximumRisk">>;
}

/** Operations at work. */
export interface FleetPort {
  start(request: FleetRequest): Promise<Result<OperationView>>;
  get(id: string): Promise<Result<OperationView>>;
  signal(id: string, kind: "pause" | "resume" | "cancel"): Promise<Result<OperationView>>;
  /** `plan`: the fingerprint of a kind of plan, or its beginning. */
  decide(id: string, decision: { plan: string; approved: boolean }): Promise<Result<OperationView>>;
  /** The ended operation; `null` when `stopped` aborts first. `onNews` gets what it was on the way. */
  settled(
    id: string,
    onNews: (operation: OperationView) => void,
    stopped: AbortSignal,
  ): Promise<Result<OperationView> | null>;
  /** What is broken now and what will lock people out, of each VM of an ended operation. */
  lockouts(id: string, days: number): Promise<Result<ScanRow[]>>;
}

/** Stored operations, for reading. */
export interface FleetHistory {
  list(limit: number): Promise<Result<OperationView[]>>;
  get(id: string): Promise<Result<OperationView>>;
  rows(id: string): Promise<Result<ResultRow[]>>;
}
