import type { Result } from "../lib/core/problem.ts";
import type { RunOptions } from "../lib/core/run-request.ts";
import type { VmId } from "../lib/core/vm-id.ts";
import type { RunSummary, RunView } from "../lib/run-view/run-view.ts";

/*
 * What the commands need of whatever does the work: the engine in this process, or a service. A run that does not exist
 * is `run-not-found`; every other expected failure is a problem as well.
 */

export interface StartRequest {
  readonly vm: VmId;
  readonly intent: "diagnose" | "repair";
  /** Without `maximumRisk` the side that does the work decides by its own limit. */
  readonly options: Omit<RunOptions, "maximumRisk"> & Partial<Pick<RunOptions, "maximumRisk">>;
}

export interface PlanDecision {
  readonly approved: boolean;
  readonly planHash: string;
  readonly reason?: string | undefined;
}

/** Runs at work. */
export interface RunsPort {
  start(request: StartRequest): Promise<Result<RunView>>;
  get(runId: string): Promise<Result<RunView>>;
  decide(runId: string, decision: PlanDecision): Promise<Result<RunView>>;
  cancel(runId: string): Promise<Result<RunView>>;
  /** Returns the run that undoes; one that has ended already when the run was undone earlier. */
  undo(runId: string, options: { force: boolean }): Promise<Result<RunView>>;
  /**
   * The run when nothing more can be done without a person: it has ended, awaits a decision, or keeps a setting weakened.
   * `null` when `stopped` aborts first.
   */
  settled(runId: string, stopped?: AbortSignal): Promise<Result<RunView> | null>;
}

/** Which runs, newest first. Every condition that is given must hold. */
export interface HistoryQuery {
  readonly limit: number;
  readonly vm?: VmId | undefined;
  readonly state?: string | undefined;
  readonly outcome?: string | undefined;
  /** Created at this time (RFC 3339) or later. */
  readonly since?: string | undefined;
}

export interface HistoryPage {
  readonly runs: readonly RunSummary[];
  /** Ids of stored runs of this page that this version cannot read. */
  readonly unreadable: readonly string[];
  readonly hasMore: boolean;
}

/** Stored runs, for reading. */
export interface History {
  list(query: HistoryQuery): Promise<Result<HistoryPage>>;
  /** At most `limit` ids that begin with this text, newest first. */
  idsWith(prefix: string, limit: number): Promise<Result<string[]>>;
  /** A run, with the run that has undone it. */
  get(runId: string): Promise<Result<RunView>>;
  /** A run as a document; `simulated`: the world of a sandbox, which the document then names. */
  report(runId: string, format: "markdown" | "html", simulated: string | undefined): Promise<Result<string>>;
  /** A run as a zip file for a support case. */
  supportBundle(runId: string, options: { redacts: boolean }): Promise<Result<Uint8Array>>;
}
