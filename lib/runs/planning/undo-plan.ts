import type { Change } from "../../core/change.ts";
import { hashPlan, type Plan, plansOf } from "../../core/plan.ts";
import type { RegistryData, RegistryValueId } from "../../core/registry-value.ts";
import { highestRisk } from "../../core/risk.ts";
import type { RunIn } from "../../core/run.ts";

/*
 * An undo is a plan like any other: it has a risk, and names what it restores.
 */

/**
 * The plan that rolls back what an ended run changed; `null` when none of its changes is in effect. Its risk is that of
 * the run's own plans, and at least `weakens-security` when it restores a weaker setting than the present one. Undoing
 * an undo repeats the first run's changes, with the first run's risk.
 */
export function planUndo(run: RunIn<"ended">): Plan | null {
  if (!mayHaveLeftChanges(run)) return null;
  const plans = plansOf(run);
  const changes = plans.flatMap((plan) => plan.changes);
  const direction = run.plan?.undo?.direction === "back" ? ("again" as const) : ("back" as const);
  const machine = run.before?.azure.vm.uniqueId;
  const undo = { run: run.id, direction, ...(machine !== undefined && { machine }) };
  const what =
    direction === "back" ? "Rolls back the changes of run" : "Makes the changes again that were rolled back by run";
  const risk = highestRisk([
    ...plans.map((plan) => plan.risk),
    weakensAgain({ changes, undo }) ? "weakens-security" : "none",
  ]);
  return {
    hash: hashPlan({ changes, undo }),
    remediations: [{ id: "undo", risk, because: `${what} ${run.id}.` }],
    changes,
    risk,
    mayNeedRestart: false,
    restores: [],
    worsens: [],
    leaves: [],
    refusals: [],
    undo,
  };
}

/** Whether an undo leaves a setting weaker than it is now. */
export function weakensAgain({ changes, undo }: Pick<Plan, "changes" | "undo">): boolean {
  return undo !== undefined && changes.some((change) => isWeakenedBy(change, undo.direction));
}

/**
 * Whether changes of an ended run may be in effect: its changes, those that its rollback left alone, or an unknown
 * result.
 */
function mayHaveLeftChanges({ intent, outcome, receipts, weakening, conflicts }: RunIn<"ended">): boolean {
  if (outcome.kind === "unknown") return true;
  const rolledBackItself = outcome.kind === "not-repaired" || (weakening !== null && outcome.kind === "undone");
  if (rolledBackItself && intent !== "undo") return conflicts.length > 0;
  return receipts.some(({ changed }) => changed);
}

/** Settings where the higher number is safer, and an absent value means the lowest. */
const ascending: readonly RegistryValueId[] = [
  "rdp-tcp/UserAuthentication",
  "rdp-tcp/SecurityLayer",
  "rdp-tcp/MinEncryptionLevel",
];

/** Whether the setting is weaker after this change is undone, or repeated, than before. */
function isWeakenedBy(change: Change, direction: "back" | "again"): boolean {
  if (change.kind !== "set-registry-value" && change.kind !== "remove-registry-value") return false;
  if (!ascending.includes(change.value)) return false;
  const to = change.kind === "set-registry-value" ? change.to : null;
  const [standing, restored] = direction === "back" ? [to, change.was] : [change.was, to];
  return strengthOf(restored) < strengthOf(standing);
}

function strengthOf(data: RegistryData | null | undefined): number {
  return data && typeof data.data === "number" ? data.data : 0;
}
