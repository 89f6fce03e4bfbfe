import type { AccessRequest } from "../core/access-request.ts";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import { fail, ok, type Problem, type Result } from "../core/problem.ts";
import type { OuterHandshake, Run } from "../core/run.ts";
import { vmKey } from "../core/vm-id.ts";
import { composeScript } from "../guest/compose.ts";
import { compressScript } from "../guest/compressed-script.ts";
import type { GuestRequest } from "../guest/protocol.ts";
import { unblockChannel } from "./blocked-channel.ts";
import type {
  AccessRequester,
  AlertReporter,
  AzureReader,
  FixPipeline,
  GuestChannel,
  RdpProbe,
  RunCommandLister,
  RunCommandStatus,
  RunStore,
  Signal,
  VmPower,
} from "./ports.ts";
import { readStoredRun } from "./read-stored-run.ts";
import { obstacleOfMachine } from "./replaced-machine.ts";
import { slackMs, unreadableClaimMs } from "./timing.ts";

/** The next action of the machine. An engine performs it and returns the event; the engine decides nothing. */
export type Effect =
  | { readonly kind: "claim" }
  /** `crossChecks`: with Azure's cross-checks of the network, which take up to 20 s. */
  | { readonly kind: "read-azure"; readonly crossChecks: boolean }
  /** Azure's cross-checks of the network that the run has read. */
  | { readonly kind: "cross-check"; readonly azure: AzureEvidence }
  | {
      readonly kind: "start-script";
      readonly name: string;
      readonly script: "collect" | "apply" | "undo";
      readonly request: GuestRequest;
      readonly timeoutSeconds: number;
      readonly location: string;
    }
  | { readonly kind: "poll-script"; readonly name: string }
  | { readonly kind: "discard-script"; readonly name: string }
  | { readonly kind: "restart-vm" }
  | { readonly kind: "request-access"; readonly request: AccessRequest }
  /** Starts the pipeline that deploys the network fix. */
  | { readonly kind: "hand-over-fix" }
  /** Tries one address after the other, until one answers. */
  | { readonly kind: "probe"; readonly addresses: readonly string[]; readonly port: number }
  | { readonly kind: "release" }
  /** Tells the alert of the plan that waits for a decision. */
  | { readonly kind: "acknowledge-alert"; readonly alertId: string; readonly comment: string }
  | {
      readonly kind: "report-alert";
      readonly alertId: string;
      readonly state: "Acknowledged" | "Closed";
      readonly comment: string;
    }
  /** Nothing to do before this time, unless a signal arrives. */
  | { readonly kind: "wait"; readonly until: string }
  /** Nothing left to do. */
  | { readonly kind: "none" };

/** Every effect but the waits. */
export type WorldEffect = Exclude<Effect, { kind: "wait" } | { kind: "none" }>;

/** Effects that change something in Azure when they are repeated: they are saved in the run before they are performed. */
export type Departure = "start-script" | "restart-vm" | "request-access";

export type RunEvent =
  /** The effect is about to be performed: from now on it may have succeeded, even when its result is lost. */
  | { readonly kind: "departing"; readonly effect: Departure }
  | { readonly kind: "claimed" }
  /** `state` and `intent` are those of the run that holds the VM, or goes first; `null` when it could not be read. */
  | {
      readonly kind: "claim-held";
      readonly by: string;
      readonly state: Run["state"] | null;
      readonly intent: Run["intent"] | null;
    }
  | { readonly kind: "azure-read"; readonly evidence: AzureEvidence }
  /** The network with the cross-checks; each that failed makes its own part unreadable. */
  | { readonly kind: "cross-checked"; readonly network: AzureEvidence["network"] }
  | { readonly kind: "script-started"; readonly name: string }
  /** `retryAfterMs`: how long Azure asks to wait before the next poll. */
  | { readonly kind: "script-running"; readonly name: string; readonly retryAfterMs?: number }
  | { readonly kind: "script-absent"; readonly name: string }
  | {
      readonly kind: "script-finished";
      readonly name: string;
      readonly output: string;
      readonly failure: string | null;
      readonly wasNotRun?: true;
    }
  | { readonly kind: "script-discarded"; readonly name: string }
  | { readonly kind: "restart-accepted" }
  | { readonly kind: "access-requested" }
  | { readonly kind: "fix-handed-over"; readonly page: string }
  | { readonly kind: "probed"; readonly handshake: OuterHandshake }
  | { readonly kind: "released" }
  | { readonly kind: "alert-reported" }
  | { readonly kind: "alert-acknowledged" }
  /** `effect` is the effect that failed; `name` is its Run Command. */
  | {
      readonly kind: "effect-failed";
      readonly effect: WorldEffect["kind"];
      readonly name: string | null;
      readonly problem: Problem;
      /** Certainly nothing was sent to Azure for it. */
      readonly unsent?: true;
    }
  /** A wait is over. */
  | { readonly kind: "time-passed" }
  | Signal;

/** The event for a failure of this effect. */
export function effectFailed(effect: WorldEffect, problem: Problem): Extract<RunEvent, { kind: "effect-failed" }> {
  return { kind: "effect-failed", effect: effect.kind, name: "name" in effect ? effect.name : null, problem };
}

export interface EffectPorts {
  readonly reader: AzureReader;
  readonly channel: GuestChannel;
  /** Absent: a VM that holds too many Run Commands is not looked into. */
  readonly runCommands?: RunCommandLister;
  readonly power: VmPower;
  readonly alerts: AlertReporter;
  /** Absent without Azure. */
  readonly access?: AccessRequester;
  /** Absent when the settings name no pipeline. */
  readonly pipeline?: FixPipeline;
  /** Absent when the service makes no handshakes of its own. */
  readonly probe?: RdpProbe;
  /** Why the run must not start a script or open the network now; absent: nothing restricts runs. */
  readonly permit?: (run: Run) => Problem | null;
  /** The page of a run, for people; absent where the service has no public URL. */
  readonly pageOf?: (runId: string) => string;
  readonly store: Pick<RunStore, "claim" | "release" | "get" | "list">;
}

/** Performs one effect. Repeating an effect of the same run is harmless, unless it is a `Departure`. */
export async function performEffect(effect: WorldEffect, run: Run, ports: EffectPorts): Promise<RunEvent> {
  const performed = await attemptEffect(effect, run, ports);
  return performed.ok ? performed.value : effectFailed(effect, performed.problem);
}

async function attemptEffect(effect: WorldEffect, run: Run, ports: EffectPorts): Promise<Result<RunEvent>> {
  switch (effect.kind) {
    case "claim": {
      const first = await waitingRepair(run, ports.store);
      if (first) return ok({ kind: "claim-held", by: first.id, state: first.state, intent: first.intent });
      const claim = await ports.store.claim(vmKey(run.vm), run.id, unsavedSince(run));
      if (claim.held) return ok({ kind: "claimed" });
      const holder = await holderOf(claim.by, ports.store);
      return ok({ kind: "claim-held", by: claim.by, state: holder?.state ?? null, intent: holder?.intent ?? null });
    }
    case "release":
      await ports.store.release(vmKey(run.vm), run.id);
      return ok({ kind: "released" });
    case "acknowledge-alert":
      return answered(await reportAlert({ ...effect, state: "Acknowledged" }, run, ports), () => ({
        kind: "alert-acknowledged",
      }));
    case "report-alert":
      return answered(await reportAlert(effect, run, ports), () => ({ kind: "alert-reported" }));
    case "read-azure":
      return readAzure(effect.crossChecks, run, ports.reader);
    case "cross-check":
      return ok({ kind: "cross-checked", network: await ports.reader.crossCheck(run.vm, effect.azure, run.options) });
    case "start-script": {
      const obstacle = ports.permit?.(run) ?? (await obstacleOfMachine(effect, run, ports.reader));
      return obstacle ? ok({ ...effectFailed(effect, obstacle), unsent: true }) : startScript(effect, run, ports);
    }
    case "poll-script":
      return answered(await ports.channel.status(run.vm, effect.name), (status) => statusEvent(effect.name, status));
    case "discard-script":
      return answered(await ports.channel.discard(run.vm, effect.name), () => ({
        kind: "script-discarded",
        name: effect.name,
      }));
    case "request-access": {
      const denied = ports.permit?.(run);
      if (denied) return { ok: false, problem: denied };
      if (!ports.access) return fail("invalid-input", "This service requests no just-in-time access.");
      const requested = await ports.access.request(run.vm, effect.request, `Run ${run.id} of RDP remediation`);
      return answered(requested, () => ({ kind: "access-requested" }));
    }
    case "hand-over-fix": {
      if (!ports.pipeline) return fail("invalid-input", "No pipeline is set here.");
      return answered(await ports.pipeline.start(run.id), ({ page }) => ({ kind: "fix-handed-over", page }));
    }
    case "probe":
      return ok({ kind: "probed", handshake: await probeAny(effect.addresses, effect.port, ports.probe) });
    case "restart-vm":
      return answered(await ports.power.restart(run.vm), () => ({ kind: "restart-accepted" }));
  }
}

function reportAlert(
  { alertId, state, comment }: { alertId: string; state: "Acknowledged" | "Closed"; comment: string },
  { id }: Run,
  { alerts, pageOf }: EffectPorts,
): Promise<Result<"reported">> {
  return alerts.report(alertId, { state, comment: pageOf ? `${comment} ${pageOf(id)}` : comment });
}

async function readAzure(crossChecks: boolean, run: Run, reader: AzureReader): Promise<Result<RunEvent>> {
  const read = await reader.read(run.vm);
  if (!read.ok || !crossChecks) return answered(read, (evidence) => ({ kind: "azure-read", evidence }));
  const network = await reader.crossCheck(run.vm, read.value, run.options);
  return ok({ kind: "azure-read", evidence: { ...read.value, network } });
}

/** A repair or an undo that waits for this VM: a diagnosis lets it go first, so that many diagnoses keep none from it. */
async function waitingRepair(run: Run, store: Pick<RunStore, "list">): Promise<Run | null> {
  if (run.intent !== "diagnose") return null;
  const { runs } = await store.list({ vmKey: vmKey(run.vm), unfinished: true, limit: 50 });
  return runs.find(({ state, intent, wait }) => state === "queued" && intent !== "diagnose" && wait !== null) ?? null;
}

/** Reckoned from the run's own last change, which is not later than now. */
function unsavedSince({ updatedAt }: Run): string {
  return new Date(Date.parse(updatedAt) - unreadableClaimMs).toISOString();
}

async function holderOf(runId: string, store: Pick<RunStore, "get">): Promise<Run | null> {
  const holder = await readStoredRun(store, runId);
  return holder.ok ? holder.value.run : null;
}

function answered<T>(answer: Result<T>, eventOf: (value: T) => RunEvent): Result<RunEvent> {
  return answer.ok ? ok(eventOf(answer.value)) : answer;
}

async function startScript(
  { name, script, request, timeoutSeconds, location }: Extract<Effect, { kind: "start-script" }>,
  run: Run,
  ports: EffectPorts,
): Promise<Result<RunEvent>> {
  const text = composeScript(script, request);
  const compressed = () => compressScript(script, text);
  const deadline = new Date(Date.parse(request.notAfter) + timeoutSeconds * 1000 + slackMs).toISOString();
  const command = { name, script: text, compressed, timeoutSeconds, deadline, location };
  const started = await ports.channel.start(run.vm, command);
  if (!started.ok) return { ok: false, problem: await unblockChannel(started.problem, run, ports) };
  return ok({ kind: "script-started", name });
}

function statusEvent(name: string, status: RunCommandStatus): RunEvent {
  switch (status.kind) {
    case "absent":
      return { kind: "script-absent", name };
    case "running":
      return { ...status, kind: "script-running", name };
    case "finished":
      return { ...status, kind: "script-finished", name };
  }
}

async function probeAny(
  addresses: readonly string[],
  port: number,
  probe: RdpProbe | undefined,
): Promise<OuterHandshake> {
  let last: OuterHandshake = { address: "", completed: false, because: "This service makes no handshakes." };
  if (!probe) return last;
  for (const address of addresses) {
    last = { address, ...(await probe.probe(address, port)) };
    if (last.completed) break;
  }
  return last;
}
