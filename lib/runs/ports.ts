import type { AccessRequest } from "../core/access-request.ts";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Result } from "../core/problem.ts";
import type { Outcome, OuterHandshake, Run, Trigger } from "../core/run.ts";
import type { VmId } from "../core/vm-id.ts";

/*
 * The ports of a run. lib/azure implements the first three, lib/local the store and the clock. Every method returns a
 * value: a Problem that is `retryable` may be retried later, by the machine's own timing; adapters do not retry by
 * themselves.
 */

export interface AzureReader {
  /** Reads the VM, its agent and its network, without cross-checks. Read-only, about eight calls. */
  read(vm: VmId): Promise<Result<AzureEvidence>>;
  /** The unique id of the machine that has this resource id now; `null` when Azure does not say. One call. */
  uniqueIdOf(vm: VmId): Promise<Result<string | null>>;
  /**
   * Azure's own cross-checks of the network that was read: the rules and routes in effect, and for each of `sources` that is a
   * single address IP flow verify at this port (3389 when none is given). They run at the same time, each for 20 s at most; one
   * that fails makes its own part unreadable, and costs nothing else.
   */
  crossCheck(
    vm: VmId,
    azure: AzureEvidence,
    asked?: { sources?: readonly string[]; port?: number },
  ): Promise<AzureEvidence["network"]>;
}

export interface TagReader {
  /** The tags of this VM; `null` when there is no such VM. Of one that may not be read, none: its run says what is missing. */
  tagsOf(vm: VmId): Promise<Result<Readonly<Record<string, string>> | null>>;
}

/** One script to run as SYSTEM in a VM. `name` is unique per run and step, which makes a repeated request idempotent. */
export interface RunCommand {
  readonly name: string;
  readonly script: string;
  /** The same script compressed, for where Azure refuses it for its size; absent: there is none. */
  readonly compressed?: () => string;
  readonly timeoutSeconds: number;
  /** RFC 3339: from then on it is useless, and whoever finds it may delete it. */
  readonly deadline: string;
  /** The VM's Azure region: the child resource needs it. */
  readonly location: string;
}

export type RunCommandStatus =
  | { readonly kind: "absent" }
  /** `retryAfterMs`: how long Azure asks to wait before the next poll. */
  | { readonly kind: "running"; readonly retryAfterMs?: number }
  /** `output` is the last 4 KiB of standard output. `failure` is Azure's message when the script did not end well. */
  | {
      readonly kind: "finished";
      readonly output: string;
      readonly failure: string | null;
      /** Azure's platform could not have it run, and reports no end of the script itself. */
      readonly wasNotRun?: true;
    };

export interface GuestChannel {
  start(vm: VmId, command: RunCommand): Promise<Result<"started">>;
  status(vm: VmId, name: string): Promise<Result<RunCommandStatus>>;
  /** Deletes the Run Command; one that is not there counts as deleted. */
  discard(vm: VmId, name: string): Promise<Result<"discarded">>;
}

/** A managed Run Command that a VM holds. */
export interface HeldRunCommand {
  readonly name: string;
  /** Whether this service made it, by its name. Only such a one may be deleted. */
  readonly isOurs: boolean;
  /** Azure's word for the script's state, e.g. `Running`; `Unknown` when it gave none. */
  readonly state: string;
  /** Whether it has ended, so that its state changes no more. */
  readonly hasEnded: boolean;
  /** RFC 3339; `null`: not started, or not reported. */
  readonly startedAt: string | null;
  /** RFC 3339: it can no longer be at work then, as its tag says; `null` for one without the tag. */
  readonly deadline: string | null;
}

export interface RunCommandLister {
  /** Every managed Run Command of the VM. */
  list(vm: VmId): Promise<Result<HeldRunCommand[]>>;
}

export interface VmPower {
  /** Requests a restart of the VM from ARM; resolves when ARM has accepted it. */
  restart(vm: VmId): Promise<Result<"accepted">>;
}

/** The service's own RDP client, outside the VM. */
export interface RdpProbe {
  /** One handshake with this address. A failure is a value; a missing network path is no fault of the VM. */
  probe(address: string, port: number): Promise<Omit<OuterHandshake, "address">>;
}

/** Requests just-in-time access from Defender for Cloud. Repeating a request is harmless. */
export interface AccessRequester {
  /** `why` is one line for Azure's record. Resolves when Azure has accepted, before the rule exists. */
  request(vm: VmId, request: AccessRequest, why: string): Promise<Result<"accepted">>;
}

/** The network owner's pipeline. It fetches and checks the proposals itself, and asks a person. */
export interface FixPipeline {
  /**
   * Starts it for the proposals of a run, and returns the page that shows its progress. Starting it twice deploys the
   * same rules.
   */
  start(runId: string): Promise<Result<{ page: string }>>;
}

/** Reports the result of an alert to Azure Monitor. It changes the alert's user state, never whether it fired. */
export interface AlertReporter {
  /** `comment` is one line for people. Reporting the same twice is harmless. */
  report(alertId: string, outcome: { state: "Acknowledged" | "Closed"; comment: string }): Promise<Result<"reported">>;
}

export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or earlier when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Waits for the turn of a piece of work of some milliseconds: between two of them the process looks at what has arrived. Hundreds
   * of runs that become due at the same time would otherwise keep every request waiting. Absent where time is simulated.
   */
  turn?(): Promise<void>;
}

/** A run with its version in the store: a save with an older version is refused. */
export interface StoredRun {
  readonly run: Run;
  readonly version: number;
}

/** Selects runs: every condition that is given must hold. Of a list, one value must fit. */
export interface RunQuery {
  readonly vmKey?: string;
  readonly states?: readonly Run["state"][];
  /** Only runs that have ended have one. */
  readonly outcomes?: readonly Outcome["kind"][];
  readonly triggers?: readonly Trigger["kind"][];
  readonly intents?: readonly Run["intent"][];
  /** RFC 3339, in UTC, with milliseconds. */
  readonly createdBefore?: string;
  /** At this time or later; in the same form. */
  readonly createdSince?: string;
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

export interface RunPage {
  readonly runs: Run[];
  /** Stored runs of this page that this version cannot read. They stay unchanged, and the other runs are still listed. */
  readonly unreadable?: readonly UnreadableRow[];
  /**
   * Pass it as `after` to get the next page; `null` on the last page. A page may have less than `limit` runs, even none, and
   * still not be the last one: a store looks at so many runs for one page and no more.
   */
  readonly next: string | null;
}

export interface UnreadableRow {
  readonly id: string;
  readonly because: string;
  /** Only of a run that was set aside: it was last saved before this time (RFC 3339). */
  readonly unsavedSince?: string;
}

export interface RunStore {
  /** `exists` when the id is taken: nothing is written then. */
  create(run: Run): Promise<"created" | "exists">;
  /** @throws UnreadableRun */
  get(runId: string): Promise<StoredRun | null>;
  /** Whether a run with this id exists, without reading it. */
  has(runId: string): Promise<boolean>;
  /**
   * Saves the run, and with it the deliveries of what happened to it. `conflict` when the run was saved by another caller
   * since: nothing is written then.
   */
  save(run: Run, version: number, deliveries?: readonly Delivery[]): Promise<"saved" | "conflict">;
  /** Deletes a finished run; no effect on a run that has work left, or does not exist. */
  remove(run: Run): Promise<void>;
  /** Deletes a run that was set aside; no effect on every other run, and on none. */
  removeSetAside(runId: string): Promise<void>;
  /** Newest first. */
  list(query: RunQuery & { unfinished?: boolean }): Promise<RunPage>;
  /**
   * Claims the VM for this run. A claim whose run has ended or vanished is taken over. Returns the run that holds the
   * VM.
   *
   * So is the claim of a run that cannot be read and was last saved before `unsavedSince` (RFC 3339). That run is set
   * aside first: its text is kept, and no version of this service can work on it any more.
   */
  claim(vmKey: string, runId: string, unsavedSince?: string): Promise<{ held: boolean; by: string }>;
  /** Releases the VM; no effect when another run holds it. */
  release(vmKey: string, runId: string): Promise<void>;
  /**
   * Reserves `key` for `owner` until a time (RFC 3339). Atomic: of several owners at once, one gets it. Also `true`
   * when the owner has it already; its first expiry then stays. An expired key is free.
   */
  reserve(key: string, owner: string, until: string, now: string): Promise<boolean>;
  /** The owner of a reservation that has not expired; `null` when the key is free. */
  reservedBy(key: string, now: string): Promise<string | null>;
  /** Writes a test record, to show that the store is writable. @throws the reason when it is not */
  check(): Promise<void>;
  /** Deletes expired reservations. Nobody notices, because they count as free already. */
  expireReservations(now: string): Promise<void>;
}

export type Signal =
  | {
      readonly kind: "decide";
      readonly approved: boolean;
      readonly by: string;
      /** The plan of this decision: the decision applies to no other plan. */
      readonly planHash: string;
      readonly reason?: string;
    }
  /** Cancels a run before its first change, or ends a weakening early. */
  | { readonly kind: "cancel"; readonly by: string };

export interface RunEngine {
  /** Stores the run and starts work on it. The same id again is the same run. */
  start(run: Run): Promise<Result<Run>>;
  get(runId: string): Promise<Result<Run>>;
  list(query: RunQuery): Promise<RunPage>;
  signal(runId: string, signal: Signal): Promise<Result<Run>>;
}
