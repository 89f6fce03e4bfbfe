import { hash } from "node:crypto";
import { isWithin, parseArmScope } from "../../core/arm-scope.ts";
import { ok, type Result } from "../../core/problem.ts";
import { lowerRisk, type Risk } from "../../core/risk.ts";
import type { AlertMode, RunLimits } from "../../core/run.ts";
import { formatVmId, type VmId, vmKey } from "../../core/vm-id.ts";
import { slotsFor } from "../concurrency-slots.ts";
import type { RunEngine, RunStore } from "../ports.ts";
import { createRun } from "./create-run.ts";

/** One firing of one alert rule, for one VM or several. Its requested limits come from the rule, which is untrusted. */
export interface FiredAlert {
  readonly alertId: string;
  readonly rule: string;
  /** The same for every delivery of the same firing. */
  readonly key: string;
  /** Groups the alerts that fire for one reason. */
  readonly cause: string;
  readonly vms: readonly VmId[];
  readonly requestedLimits: { readonly mode?: AlertMode; readonly maximumRisk?: Risk };
}

/** What alerts may do. Every limit fails closed: an empty scope includes no VM. */
export interface AlertPolicy {
  /** Resource ids: a VM must be one of these or lie below one. */
  readonly scopes: readonly string[];
  readonly maximumRisk: Risk;
  /** For VMs without the tag. */
  readonly untagged: AlertMode;
  /** How long the same cause on the same VM starts no further run. */
  readonly coolDownMs: number;
  readonly maximumVmsPerHour: number;
}

/** The result of an alert for each VM. */
export interface AlertReceipt {
  readonly accepted: readonly { readonly vm: string; readonly runId: string }[];
  readonly ignored: readonly { readonly vm: string; readonly because: string }[];
}

export interface AlertIntakeOptions {
  readonly engine: RunEngine;
  readonly store: Pick<RunStore, "has" | "list" | "reserve">;
  readonly policy: AlertPolicy;
  readonly limits?: RunLimits;
  readonly now: () => Date;
}

/**
 * Turns a fired alert into runs: exactly one for each VM and firing, however often and by however many action groups it
 * is delivered. The run's id is derived from the firing, and the store creates an id once. The next delivery completes
 * one that was interrupted.
 */
export async function takeInAlert(alert: FiredAlert, options: AlertIntakeOptions): Promise<Result<AlertReceipt>> {
  const accepted: { vm: string; runId: string }[] = [];
  const ignored: { vm: string; because: string }[] = [];
  for (const vm of alert.vms) {
    const runId = runIdOf(alert.key, vm);
    const because = await takeInVm(alert, vm, runId, options);
    if (!because.ok) return because;
    if (because.value === null) accepted.push({ vm: formatVmId(vm), runId });
    else ignored.push({ vm: formatVmId(vm), because: because.value });
  }
  return ok({ accepted, ignored });
}

/** `null` when this firing has started its run on this VM, now or before; otherwise the reason why not. */
async function takeInVm(
  alert: FiredAlert,
  vm: VmId,
  runId: string,
  options: AlertIntakeOptions,
): Promise<Result<string | null>> {
  if (!isInScope(vm, options.policy.scopes)) return ok("It is outside the scopes that alerts may touch (setting).");
  if (alert.requestedLimits.mode === "off") return ok("The alert rule asks for nothing to be done.");
  // Most deliveries are repeated. A run that is already stored is resumed by its engine.
  if (await options.store.has(runId)) return ok(null);
  const because = await obstacle(alert, vm, runId, options);
  return because === null ? start(alert, vm, runId, options) : ok(because);
}

/** Rules often fire together. A run that is being stored may not be listed yet, so it reserves its VM for this long. */
const turnMs = 30_000;

/** Why no new run may start on this VM at the moment; `null` when one may. */
async function obstacle(
  { cause }: FiredAlert,
  vm: VmId,
  runId: string,
  { store, policy, now }: AlertIntakeOptions,
): Promise<string | null> {
  const key = vmKey(vm);
  const open = (await store.list({ vmKey: key, unfinished: true, limit: 20 })).runs;
  // A run that has ended and only waits to clean up does not count.
  const working = open.find(({ id, state, claimed }) => id === runId || claimed || state !== "ended");
  // Another delivery of the same firing may have been faster.
  if (working?.id === runId) return null;
  if (working) return `Run ${working.id} is at work on it.`;
  const at = now();
  const reserveFor = (name: string, ms: number) =>
    store.reserve(name, runId, new Date(at.getTime() + ms).toISOString(), at.toISOString());
  if (!(await reserveFor(`cool-down|${key}|${cause}`, policy.coolDownMs))) {
    return `The cause "${cause}" came up on it not long ago: it cools down.`;
  }
  if (!(await takePlaceThisHour(key, policy.maximumVmsPerHour, at, store))) {
    return `Alerts have set off runs on ${policy.maximumVmsPerHour} VMs this hour already: the limit (setting).`;
  }
  // Last, so that a firing that starts nothing reserves no VM.
  return (await reserveFor(`turn|${key}`, turnMs)) ? null : "Another alert has just set off a run on it.";
}

function isInScope(vm: VmId, scopes: readonly string[]): boolean {
  return scopes.some((scope) => {
    const parsed = parseArmScope(scope);
    return parsed !== null && isWithin(formatVmId(vm), parsed);
  });
}

/** A VM uses one slot of the hour, however many alerts concern it, and finds its own slot before a free one. */
async function takePlaceThisHour(key: string, places: number, at: Date, store: Pick<RunStore, "reserve">) {
  const hour = at.toISOString().slice(0, 13);
  const end = new Date(Date.parse(`${hour}:00:00.000Z`) + 3_600_000).toISOString();
  for (const place of slotsFor(hash("sha256", key), places)) {
    if (await store.reserve(`hour|${hour}|${place}`, key, end, at.toISOString())) return true;
  }
  return false;
}

async function start(
  alert: FiredAlert,
  vm: VmId,
  runId: string,
  { engine, policy, limits, now }: AlertIntakeOptions,
): Promise<Result<null>> {
  const created = createRun(
    {
      id: runId,
      vm,
      intent: alert.requestedLimits.mode === "report" ? "diagnose" : "repair",
      options: {
        force: false,
        dryRun: false,
        sources: [],
        maximumRisk: lowerRisk(lowerRisk(policy.maximumRisk, mostAlone), alert.requestedLimits.maximumRisk),
      },
      ...(limits && { limits }),
      trigger: {
        kind: "alert",
        by: alert.rule,
        alert: { id: alert.alertId, cause: alert.cause, untagged: policy.untagged },
      },
    },
    now(),
  );
  if (!created.ok) return created;
  const started = await engine.start(created.value);
  return started.ok ? ok(null) : started;
}

/** The limit of a run that no person requested; anything above it needs an approval. */
const mostAlone: Risk = "interrupts-sessions";

/** A UUID (version 8, RFC 9562) derived from the firing and the VM. */
function runIdOf(key: string, vm: VmId): string {
  const bytes = hash("sha256", `${key}\n${vmKey(vm)}`, "buffer").subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
