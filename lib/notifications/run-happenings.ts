import { pageOf } from "../core/page-link.ts";
import { plainText } from "../core/plain-text.ts";
import type { Risk } from "../core/risk.ts";
import type { Outcome, Run, RunIn } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import { reasonsToAsk } from "../runs/machine/approval.ts";
import { lockoutsOf } from "../scan/find-lockouts.ts";
import { type Happening, mostEntries, type NotificationData, type Severity } from "./event.ts";

/**
 * What happened to a run between two saved forms of it. The runs of an operation over many VMs are silent: the operation
 * tells of them together.
 */
export function happeningsOfRun(run: Run, former: Run, publicUrl: string): Happening[] {
  if (isOfFleet(run)) return [];
  if (run.state === "awaiting-approval" && !isSameWait(run, former)) return [planWaits(run, publicUrl)];
  if (run.state !== "ended" || former.state === "ended") return [];
  const lockouts = lockoutsOf(run);
  return [ended(run, publicUrl), ...(lockouts.length > 0 ? [lockoutsFound(run, lockouts, publicUrl)] : [])];
}

/** A run that was requested by itself has the id of its operation, or shares the operation with the others of its request. */
function isOfFleet({ id, operation }: Run): boolean {
  return operation !== null && operation.id !== id && operation.runs.length === 1;
}

function isSameWait(run: RunIn<"awaiting-approval">, former: Run): boolean {
  return former.state === "awaiting-approval" && former.decideBy === run.decideBy && former.plan.hash === run.plan.hash;
}

function planWaits(run: RunIn<"awaiting-approval">, publicUrl: string): Happening {
  const { plan, findings, findingsAfter, decideBy } = run;
  const known = findingsAfter.length > 0 ? findingsAfter : findings;
  const faults = known.filter(({ verdict }) => verdict === "faulty").map(({ because }) => because);
  const why = [...faults.slice(0, 2), ...reasonsToAsk(run, plan)].join(" ");
  return {
    name: "run.plan-waits",
    data: {
      ...about(run, publicUrl),
      severity: "error",
      title: text(`A plan waits for a decision: ${run.vm.name}`),
      summary: text(why),
      plan: {
        remediations: plan.remediations.map(({ id }) => id).slice(0, mostEntries),
        risk: plan.risk,
        cost: costOf(plan.risk, plan.mayNeedRestart),
        decideBy,
      },
    },
  };
}

function ended(run: RunIn<"ended">, publicUrl: string): Happening {
  const { kind, summary } = run.outcome;
  return {
    name: "run.ended",
    data: {
      ...about(run, publicUrl),
      severity: severityOf(kind),
      title: text(`${outcomeTitles[kind]}: ${run.vm.name}`),
      summary: text(summary),
    },
  };
}

/** With two texts of 900 characters each, they and the rest fit into a property of a table, which has 32,000. */
const mostLockouts = 12;

function lockoutsFound(run: Run, lockouts: NotificationData["lockouts"], publicUrl: string): Happening {
  const more = lockouts.length > 1 ? ` And ${lockouts.length - 1} more.` : "";
  return {
    name: "run.lockouts-found",
    data: {
      ...about(run, publicUrl),
      severity: "warning",
      title: text(`A lock-out is ahead: ${run.vm.name}`),
      summary: text(`${lockouts[0]?.because}${more}`),
      lockouts: lockouts
        .slice(0, mostLockouts)
        .map((one) => ({ ...one, because: text(one.because), cure: text(one.cure) })),
    },
  };
}

type About = Omit<NotificationData, "severity" | "title" | "summary">;

function about({ id, vm, intent, trigger, outcome }: Run, publicUrl: string): About {
  const { name, resourceGroup, subscriptionId } = vm;
  return {
    vm: { id: formatVmId(vm), name, resourceGroup, subscriptionId },
    run: { id, intent, trigger: trigger.kind, outcome: outcome?.kind ?? null },
    operation: null,
    plan: null,
    lockouts: [],
    link: pageOf(publicUrl, "runs", id),
  };
}

/** One line, without what a terminal or a reader would obey, short enough for an event. */
export function text(given: string): string {
  return plainText(given, 900);
}

const costs: Readonly<Record<Risk, string>> = {
  none: "It costs nothing.",
  low: "Users notice nothing.",
  "interrupts-sessions": "Sessions on the VM may end.",
  "may-lock-out": "Some users who can log on today may be locked out.",
  "opens-network": "The VM can be reached from more addresses.",
  "weakens-security": "A security setting is weaker until a deadline.",
  reboots: "The VM restarts.",
  "replaces-keys": "Private keys of the machine are replaced.",
};

export function costOf(risk: Risk, mayNeedRestart: boolean): string {
  const restart = mayNeedRestart && risk !== "reboots" ? " The VM may need a restart." : "";
  return `${costs[risk]}${restart}`;
}

const outcomeTitles: Readonly<Record<Outcome["kind"], string>> = {
  healthy: "Healthy",
  "closed-on-purpose": "Closed on purpose",
  repaired: "Repaired",
  advised: "A fault remains",
  "not-repaired": "Not repaired",
  undone: "Undone",
  cancelled: "Cancelled",
  unknown: "State not known",
  failed: "The run failed",
};

function severityOf(outcome: Outcome["kind"]): Severity {
  switch (outcome) {
    case "healthy":
    case "closed-on-purpose":
    case "repaired":
    case "undone":
    case "cancelled":
      return "informational";
    case "advised":
      return "warning";
    case "not-repaired":
    case "unknown":
    case "failed":
      return "error";
  }
}
