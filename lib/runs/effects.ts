import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { Problem } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { vmKey } from "../core/vm-id.ts";
import { composeScript } from "../guest/compose.ts";
import type { GuestRequest } from "../guest/protocol.ts";
import type { AlertReporter, AzureReader, GuestChannel, RunStore, Signal, VmPower } from "./ports.ts";

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
  | { readonly kind: "release" }
  | {
      readonly kind: "tell-alert";
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
  | { readonly kind: "released" }
  | { readonly kind: "alert-told" }
  | { readonly kind: "effect-failed"; readonly problem: Problem }
  /** A wait is over. */
  | { readonly kind: "time-passed" }
  | Signal;

export interface EffectPorts {
  readonly reader: AzureReader;
  readonly channel: GuestChannel;
  readonly power: VmPower;
  readonly alerts: AlertReporter;
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
    case "tell-alert": {
      const told = await ports.alerts.report(effect.alertId, { state: effect.state, comment: effect.comment });
      return told.ok ? { kind: "alert-told" } : { kind: "effect-failed", problem: told.problem };
    }
    case "read-azure": {
      const read = await ports.reader.read(run.vm);
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
    case "restart-vm": {
      const restarted = await ports.power.restart(run.vm);
      return restarted.ok ? { kind: "restart-accepted" } : { kind: "effect-failed", problem: restarted.problem };
    }
  }
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
