import type { AccessRequest } from "../core/access-request.ts";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import { fail, type Problem } from "../core/problem.ts";
import type { OuterHandshake, Run } from "../core/run.ts";
import { vmKey } from "../core/vm-id.ts";
import { composeScript } from "../guest/compose.ts";
import type { GuestRequest } from "../guest/protocol.ts";
import type {
  AccessRequester,
  AlertReporter,
  AzureReader,
  FixPipeline,
  GuestChannel,
  RdpProbe,
  RunStore,
  Signal,
  VmPower,
} from "./ports.ts";

/** What the machine wants done next. An engine performs it and feeds the event back; it decides nothing. */
export type Effect =
  | { readonly kind: "claim" }
  | { readonly kind: "read-azure" }
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
  /** Starts the pipeline that deploys the fix of the network. */
  | { readonly kind: "hand-over-fix" }
  /** One address after the other, until one answers. */
  | { readonly kind: "probe"; readonly addresses: readonly string[]; readonly port: number }
  | { readonly kind: "release" }
  | {
      readonly kind: "report-alert";
      readonly alertId: string;
      readonly state: "Acknowledged" | "Closed";
      readonly comment: string;
    }
  /** Nothing to do before this time, unless a signal comes. */
  | { readonly kind: "wait"; readonly until: string }
  /** Nothing left to do. */
  | { readonly kind: "none" };

/** An effect that touches the world, as opposed to waiting. */
export type WorldEffect = Exclude<Effect, { kind: "wait" } | { kind: "none" }>;

export type RunEvent =
  | { readonly kind: "claimed" }
  | { readonly kind: "claim-held"; readonly by: string }
  | { readonly kind: "azure-read"; readonly evidence: AzureEvidence }
  | { readonly kind: "script-started" }
  | { readonly kind: "script-running" }
  | { readonly kind: "script-absent" }
  | { readonly kind: "script-finished"; readonly output: string; readonly failure: string | null }
  | { readonly kind: "script-discarded" }
  | { readonly kind: "restart-accepted" }
  | { readonly kind: "access-requested" }
  | { readonly kind: "fix-handed-over"; readonly page: string }
  | { readonly kind: "probed"; readonly handshake: OuterHandshake }
  | { readonly kind: "released" }
  | { readonly kind: "alert-reported" }
  | { readonly kind: "effect-failed"; readonly problem: Problem }
  /** A wait is over. */
  | { readonly kind: "time-passed" }
  | Signal;

export interface EffectPorts {
  readonly reader: AzureReader;
  readonly channel: GuestChannel;
  readonly power: VmPower;
  readonly alerts: AlertReporter;
  /** Absent where no Azure stands behind. */
  readonly access?: AccessRequester;
  /** Absent where the settings name no pipeline. */
  readonly pipeline?: FixPipeline;
  /** Absent where the service makes no handshakes of its own. */
  readonly probe?: RdpProbe;
  readonly store: Pick<RunStore, "claim" | "release">;
}

/** Performs one effect. Performing the same effect of the same run again is harmless: that is what lets a killed run go on. */
export async function perform(effect: WorldEffect, run: Run, ports: EffectPorts): Promise<RunEvent> {
  switch (effect.kind) {
    case "claim": {
      const claim = await ports.store.claim(vmKey(run.vm), run.id);
      return claim.held ? { kind: "claimed" } : { kind: "claim-held", by: claim.by };
    }
    case "release":
      await ports.store.release(vmKey(run.vm), run.id);
      return { kind: "released" };
    case "report-alert": {
      const reported = await ports.alerts.report(effect.alertId, { state: effect.state, comment: effect.comment });
      return reported.ok ? { kind: "alert-reported" } : { kind: "effect-failed", problem: reported.problem };
    }
    case "read-azure": {
      const read = await ports.reader.read(run.vm, run.options);
      return read.ok ? { kind: "azure-read", evidence: read.value } : { kind: "effect-failed", problem: read.problem };
    }
    case "start-script":
      return startOnce(effect, run, ports.channel);
    case "poll-script": {
      const polled = await ports.channel.status(run.vm, effect.name);
      if (!polled.ok) return { kind: "effect-failed", problem: polled.problem };
      const status = polled.value;
      if (status.kind === "absent") return { kind: "script-absent" };
      if (status.kind === "running") return { kind: "script-running" };
      return { kind: "script-finished", output: status.output, failure: status.failure };
    }
    case "discard-script": {
      const discarded = await ports.channel.discard(run.vm, effect.name);
      return discarded.ok ? { kind: "script-discarded" } : { kind: "effect-failed", problem: discarded.problem };
    }
    case "request-access": {
      const requested = await ports.access?.request(run.vm, effect.request, `Run ${run.id} of RDP remediation`);
      if (!requested) return { kind: "effect-failed", problem: fail("invalid-input", "Nobody can be asked.").problem };
      return requested.ok ? { kind: "access-requested" } : { kind: "effect-failed", problem: requested.problem };
    }
    case "hand-over-fix":
      return handOver(run, ports.pipeline);
    case "probe":
      return { kind: "probed", handshake: await probeAny(effect.addresses, effect.port, ports.probe) };
    case "restart-vm": {
      const restarted = await ports.power.restart(run.vm);
      return restarted.ok ? { kind: "restart-accepted" } : { kind: "effect-failed", problem: restarted.problem };
    }
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

async function handOver({ id }: Run, pipeline: FixPipeline | undefined): Promise<RunEvent> {
  if (!pipeline) return { kind: "effect-failed", problem: fail("invalid-input", "No pipeline is set here.").problem };
  const started = await pipeline.start(id);
  return started.ok
    ? { kind: "fix-handed-over", page: started.value.page }
    : { kind: "effect-failed", problem: started.problem };
}

/**
 * Looks before it asks: whether a second PUT of the same Run Command runs the script again is not agreed on
 * (facts/azure.md 1.2), and this process may have been killed right after the first.
 */
async function startOnce(
  effect: Extract<Effect, { kind: "start-script" }>,
  run: Run,
  channel: GuestChannel,
): Promise<RunEvent> {
  const earlier = await channel.status(run.vm, effect.name);
  if (!earlier.ok) return { kind: "effect-failed", problem: earlier.problem };
  if (earlier.value.kind !== "absent") return { kind: "script-started" };
  const started = await channel.start(run.vm, {
    name: effect.name,
    script: composeScript(effect.script, effect.request),
    timeoutSeconds: effect.timeoutSeconds,
    location: effect.location,
  });
  return started.ok ? { kind: "script-started" } : { kind: "effect-failed", problem: started.problem };
}
