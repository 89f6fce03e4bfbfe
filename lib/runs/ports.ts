import type { AccessRequest } from "../core/access-request.ts";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { Result } from "../core/problem.ts";
import type { OuterHandshake, Run } from "../core/run.ts";
import type { VmId } from "../core/vm-id.ts";

/*
 * What a run needs of the world. lib/azure implements the first three, lib/local the store and the clock.
 * Every method answers with a value: a Problem that is `retryable` may be tried again later, by the machine's own
 * timing; adapters do not retry by themselves.
 */

export interface AzureReader {
  /**
   * Reads the VM, its agent and its network. Read-only, and about eight calls. For those of `sources` that are single
   * addresses it also reads Azure's own verdict on this port (3389 when none is given).
   */
  read(vm: VmId, asked?: { sources?: readonly string[]; port?: number }): Promise<Result<AzureEvidence>>;
}

export interface VmFinder {
  /** The VMs within a scope (the resource id of a subscription or of a resource group) that carry this tag. */
  find(tag: { name: string; value: string }, scope: string): Promise<Result<VmId[]>>;
  /** Those of this name, as a resource or as a computer, within such a scope; or the VM itself that is given as one. */
  named(name: string, scope: string): Promise<Result<VmId[]>>;
}

/** One script to run as SYSTEM in a VM. `name` is unique per run and step, which makes asking twice harmless. */
export interface RunCommand {
  readonly name: string;
  readonly script: string;
  readonly timeoutSeconds: number;
  /** The VM's Azure region: the child resource needs it. */
  readonly location: string;
}

export type RunCommandStatus =
  | { readonly kind: "absent" }
  | { readonly kind: "running" }
  /** `output` is the last 4 KiB of standard output. `failure` is Azure's word when the script did not end well. */
  | { readonly kind: "finished"; readonly output: string; readonly failure: string | null };

export interface GuestChannel {
  start(vm: VmId, command: RunCommand): Promise<Result<"started">>;
  status(vm: VmId, name: string): Promise<Result<RunCommandStatus>>;
  /** Deletes the Run Command; one that is not there counts as deleted. */
  discard(vm: VmId, name: string): Promise<Result<"discarded">>;
}

/** Finds the Run Commands that a run should have discarded. */
export interface RunCommandLister {
  /** Every Run Command of ours in the VM, those at work included. `startedAt` is RFC 3339; `null`: not begun, or not told. */
  leftovers(vm: VmId): Promise<Result<{ name: string; startedAt: string | null }[]>>;
}

export interface VmPower {
  /** Asks ARM to restart the VM; answers when ARM has accepted. */
  restart(vm: VmId): Promise<Result<"accepted">>;
}

/** A client of the service's own, elsewhere than in the VM. */
export interface RdpProbe {
  /** One handshake with this address. It fails as a value; to have no way there is no fault of the VM. */
  probe(address: string, port: number): Promise<Omit<OuterHandshake, "address">>;
}

/** Asks Defender for Cloud for just-in-time access. Asking for the same again is harmless. */
export interface AccessRequester {
  /** `why` is one line for the record that Azure keeps. Answers when Azure has accepted, before the rule is there. */
  request(vm: VmId, request: AccessRequest, why: string): Promise<Result<"accepted">>;
}

/** The network owner's pipeline. It fetches and checks the proposals itself, and asks a person. */
export interface FixPipeline {
  /** Starts it for the proposals of a run, and says where it can be watched. Started twice, it deploys the same. */
  start(runId: string): Promise<Result<{ page: string }>>;
}

/** Reports to Azure Monitor what became of an alert. It changes the alert's user state, never whether it fired. */
export interface AlertReporter {
  /** `comment` is one line for people. Reporting the same twice is harmless. */
  report(alertId: string, outcome: { state: "Acknowledged" | "Closed"; comment: string }): Promise<Result<"reported">>;
}

export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or earlier when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A run with the version under which it was read: a save with an older version is refused. */
export interface StoredRun {
  readonly run: Run;
  readonly version: number;
}

/** Which runs: of one VM, in one state, older ones alone, or all; `after` is the `next` of the page before. */
export interface RunQuery {
  readonly vmKey?: string;
  readonly state?: Run["state"];
  /** RFC 3339, in UTC, with milliseconds. */
  readonly createdBefore?: string;
  readonly limit: number;
  readonly after?: string;
}

export interface RunPage {
  readonly runs: Run[];
  /** Stored runs of this page that this version cannot read. They stay as they are, and keep no other from being listed. */
  readonly unreadable?: readonly { readonly id: string; readonly because: string }[];
  /** Give it back to get the next page; `null` at the end. */
  readonly next: string | null;
}

export interface RunStore {
  /** `exists` when a run of this id is already there: nothing is written then. */
  create(run: Run): Promise<"created" | "exists">;
  /** @throws UnreadableRun */
  get(runId: string): Promise<StoredRun | null>;
  /** Whether there is a run of this id, without reading it. */
  has(runId: string): Promise<boolean>;
  /** `conflict` when another save came in between: nothing is written then. */
  save(run: Run, version: number): Promise<"saved" | "conflict">;
  /** Deletes a run that is over; no effect on one that has something left to do, or is not there. */
  remove(run: Run): Promise<void>;
  /** Newest first. */
  list(query: RunQuery & { unfinished?: boolean }): Promise<RunPage>;
  /** Takes the VM for this run. A claim whose run has ended or vanished is taken over. Answers who holds it. */
  claim(vmKey: string, runId: string): Promise<{ held: boolean; by: string }>;
  /** Gives the VM back; no effect when another run holds it. */
  release(vmKey: string, runId: string): Promise<void>;
  /**
   * Takes `key` for `owner` until a time (RFC 3339). Atomic: of many owners at once, one gets it. `true` also when it is
   * the owner's already, which then keeps its first time; an expired key is free.
   */
  reserve(key: string, owner: string, until: string, now: string): Promise<boolean>;
  /** Writes something, to see that it can be written. @throws what keeps it from that */
  check(): Promise<void>;
  /** Deletes the reservations whose time is over: without effect on anybody, because they count as free already. */
  expireReservations(now: string): Promise<void>;
}

export type Signal =
  | {
      readonly kind: "decide";
      readonly approved: boolean;
      readonly by: string;
      /** The plan that was looked at: no other is decided on. */
      readonly planHash: string;
      readonly reason?: string;
    }
  /** Calls a run off before its first change, or ends a weakening before its time. */
  | { readonly kind: "cancel"; readonly by: string };

export interface RunEngine {
  /** Stores the run and begins to work on it. The same id again is the same run. */
  start(run: Run): Promise<Result<Run>>;
  get(runId: string): Promise<Result<Run>>;
  list(query: RunQuery): Promise<RunPage>;
  signal(runId: string, signal: Signal): Promise<Result<Run>>;
}
