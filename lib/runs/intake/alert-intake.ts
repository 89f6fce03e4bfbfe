import { hash } from "node:crypto";
import { isWithin, parseArmScope } from "../../core/arm-scope.ts";
import { ok, type Result } from "../../core/problem.ts";
import { lowerRisk, type Risk } from "../../core/risk.ts";
import type { AlertMode, RunLimits } from "../../core/run.ts";
import { formatVmId, type VmId, vmKey } from "../../core/vm-id.ts";
import { slotsFor } from "../concurrency-slots.ts";
import type { RunEngine, RunStore, TagReader } from "../ports.ts";
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
  /** Over all causes: names of rules and metrics make as many causes as their author likes. */
  readonly maximumRunsPerVm: number;
}

/** The result of an alert for each VM. */
export interface AlertReceipt {
  readonly accepted: readonly { readonly vm: string; readonly runId: string }[];
  readonly ignored: readonly { readonly vm: string; readonly because: string }[];
  /** English sentences about the whole alert. */
  readonly notes: readonly string[];
}

export interface AlertIntakeOptions {
  readonly engine: RunEngine;
  readonly store: Pick<RunStore, "has" | "list" | "reserve" | "reservedBy">;
  readonly tagReader: TagReader;
  /** Whether access rules let alerts start such a run on this VM; absent: the scopes alone decide. */
  readonly permits?: (intent: AlertIntent, vm: VmId, tags: Readonly<Record<string, string>>) => boolean;
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
  const notes = isOwnAlert(alert, options.policy)
    ? []
    : ["The alert is of a subscription outside the scopes that alerts may touch (setting): its state is left alone."];
  return ok({ accepted, ignored, notes });
}

/**
 * Whether the alert is of a subscription within the scopes. The id comes with the alert, and whoever may post alerts could
 * otherwise close any alert that the service's identity may close.
 */
function isOwnAlert({ alertId }: FiredAlert, { scopes }: AlertPolicy): boolean {
  return scopes.some((scope) => {
    const parsed = parseArmScope(scope);
    return parsed !== null && isWithin(alertId, { ...parsed, resourceGroup: null, resource: null });
  });
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
  if (!because.ok || because.value !== null) return because;
  const started = await start(alert, vm, runId, options);
  if (!started.ok) return started;
  // Last: a cause cools down only after a run that has started.
  const at = options.now();
  const until = new Date(at.getTime() + options.policy.coolDownMs).toISOString();
  await options.store.reserve(coolDownOf(vmKey(vm), alert.cause), runId, until, at.toISOString());
  return started;
}

/** Rules often fire together. A run that is being stored may not be listed yet, so it reserves its VM for this long. */
const turnMs = 30_000;

/**
 * Why no new run may start on this VM at the moment; `null` when one may. What only looks comes before what reserves, so
 * that a firing that starts nothing takes no place from others.
 */
async function obstacle(
  { cause, requestedLimits }: FiredAlert,
  vm: VmId,
  runId: string,
  { store, policy, tagReader, permits, now }: AlertIntakeOptions,
): Promise<Result<string | null>> {
  const key = vmKey(vm);
  const open = (await store.list({ vmKey: key, unfinished: true, limit: 20 })).runs;
  // A run that has ended and only waits to clean up does not count.
  const working = open.find(({ id, state, claimed, intent }) => {
    // A repair waits for a diagnosis, and has precedence over those that come later.
    const inTheWay = intent !== "diagnose" || requestedLimits.mode === "report";
    return id === runId || (inTheWay && (claimed || state !== "ended"));
  });
  // Another delivery of the same firing may have been faster.
  if (working?.id === runId) return ok(null);
  if (working) return ok(`Run ${working.id} is at work on it.`);
  const at = now();
  const cooling = await store.reservedBy(coolDownOf(key, cause), at.toISOString());
  if (cooling !== null && cooling !== runId) {
    return ok(`The cause "${cause}" came up on it not long ago: it cools down.`);
  }
  const tags = await tagReader.tagsOf(vm);
  if (!tags.ok) return tags;
  if (tags.value === null) return ok("There is no such VM.");
  const intent = intentOf(requestedLimits);
  if (permits && !permits(intent, vm, tags.value)) return ok(`No access rule lets alerts ${intent} it.`);
  const until = new Date(at.getTime() + turnMs).toISOString();
  if (!(await store.reserve(`turn|${key}`, runId, until, at.toISOString()))) {
    return ok("Another alert has just set off a run on it.");
  }
  if (!(await takePlaceThisHour("hour", key, policy.maximumVmsPerHour, at, store))) {
    return ok(`Alerts have set off runs on ${policy.maximumVmsPerHour} VMs this hour already: the limit (setting).`);
  }
  if (!(await takePlaceThisHour(`vm|${key}`, runId, policy.maximumRunsPerVm, at, store))) {
    return ok(`Alerts have set off ${policy.maximumRunsPerVm} runs on it this hour already: the limit (setting).`);
  }
  return ok(null);
}

export type AlertIntent = "diagnose" | "repair";

function intentOf({ mode }: FiredAlert["requestedLimits"]): AlertIntent {
  return mode === "report" ? "diagnose" : "repair";
}

function coolDownOf(key: string, cause: string): string {
  return `cool-down|${key}|${cause}`;
}

function isInScope(vm: VmId, scopes: readonly string[]): boolean {
  return scopes.some((scope) => {
    const parsed = parseArmScope(scope);
    return parsed !== null && isWithin(formatVmId(vm), parsed);
  });
}

/** Of the hour's slots an owner uses one, however often it asks, and finds its own slot before a free one. */
async function takePlaceThisHour(
  what: string,
  owner: string,
  places: number,
  at: Date,
  store: Pick<RunStore, "reserve">,
) {
  const hour = at.toISOString().slice(0, 13);
  const end = new Date(Date.parse(`${hour}:00:00.000Z`) + 3_600_000).toISOString();
  for (const place of slotsFor(hash("sha256", owner), places)) {
    if (await store.reserve(`${what}|${hour}|${place}`, owner, end, at.toISOString())) return true;
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
      intent: intentOf(alert.requestedLimits),
      options: {
        force: false,
        dryRun: false,
        sources: [],
        maximumRisk: lowerRisk(lowerRisk(policy.maximumRisk, mostAlone), alert.requestedLimits.maximumRisk),
      },
      ...(limits && { limits }),
      reportsAlert: isOwnAlert(alert, policy),
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
