import { hash } from "node:crypto";
import { ok, type Result } from "../../core/problem.ts";
import { lowerRisk, type Risk } from "../../core/risk.ts";
import type { AlertMode, RunLimits } from "../../core/run.ts";
import { formatVmId, type VmId, vmKey } from "../../core/vm-id.ts";
import { slotsFor } from "../concurrency-slots.ts";
import type { RunEngine, RunStore } from "../ports.ts";
import { createRun } from "./create-run.ts";

/** One firing of one alert rule, for one VM or several. Its requested limits come from the rule, which is not trusted. */
export interface FiredAlert {
  readonly alertId: string;
  readonly rule: string;
  /** The same for every delivery of the same firing. */
  readonly key: string;
  /** Groups what fires for one reason. */
  readonly cause: string;
  readonly vms: readonly VmId[];
  readonly requestedLimits: { readonly mode?: AlertMode; readonly maximumRisk?: Risk };
}

/** What alerts may do here. Every limit fails closed: an empty scope lets no VM in. */
export interface AlertPolicy {
  /** Resource ids: a VM must be one of these or lie below one. */
  readonly scopes: readonly string[];
  readonly maximumRisk: Risk;
  /** For VMs without the tag. */
  readonly untagged: AlertMode;
  /** How long one cause on one VM stays quiet after it set off a run. */
  readonly coolDownMs: number;
  readonly maximumVmsPerHour: number;
}

/** What became of an alert, VM by VM. */
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
 * Turns a fired alert into runs, exactly one per VM and firing however often and from however many action groups it is
 * delivered: the run's id is made from the firing, and the store creates an id once. A delivery that was cut off
 * midway is finished by the next one.
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

/** `null` when this firing has set off its run on this VM, now or before; otherwise why it does not. */
async function takeInVm(
  alert: FiredAlert,
  vm: VmId,
  runId: string,
  options: AlertIntakeOptions,
): Promise<Result<string | null>> {
  if (!isInScope(vm, options.policy.scopes)) return ok("It is outside the scopes that alerts may touch (setting).");
  if (alert.requestedLimits.mode === "off") return ok("The alert rule asks for nothing to be done.");
  // Most deliveries come again. What is stored is its engine's to go on with.
  if (await options.store.has(runId)) return ok(null);
  const because = await obstacle(alert, vm, runId, options);
  return because === null ? start(alert, vm, runId, options) : ok(because);
}

/** Rules often fire together: for so long a run that is being stored may not yet be listed, and keeps its VM to itself. */
const turnMs = 30_000;

/** Why there may be no new run on this VM at the moment; `null` when there may. */
async function obstacle(
  { cause }: FiredAlert,
  vm: VmId,
  runId: string,
  { store, policy, now }: AlertIntakeOptions,
): Promise<string | null> {
  const key = vmKey(vm);
  const open = (await store.list({ vmKey: key, unfinished: true, limit: 20 })).runs;
  // One that has ended and only waits to clean up is not at work.
  const working = open.find(({ id, state, claimed }) => id === runId || claimed || state !== "ended");
  // Another delivery of the same firing may have been quicker by a moment.
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
  // Last, so that nobody waits for a firing that starts nothing.
  return (await reserveFor(`turn|${key}`, turnMs)) ? null : "Another alert has just set off a run on it.";
}

function isInScope(vm: VmId, scopes: readonly string[]): boolean {
  const key = vmKey(vm);
  return scopes.some((scope) => {
    const prefix = scope.toLowerCase().replace(/\/+$/, "");
    return prefix !== "" && (key === prefix || key.startsWith(`${prefix}/`));
  });
}

/** A VM has one place, however many alerts are about it, and finds it again before a free one. */
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

/** What a run may do that nobody asked for in person; everything above it is asked about. */
const mostAlone: Risk = "interrupts-sessions";

/** A UUID (version 8, RFC 9562) made from the firing and the VM. */
function runIdOf(key: string, vm: VmId): string {
  const bytes = hash("sha256", `${key}\n${vmKey(vm)}`, "buffer").subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
