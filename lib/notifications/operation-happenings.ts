import { pageOf } from "../core/page-link.ts";
import { highestRisk } from "../core/risk.ts";
import type { FleetOperation, PlanGroup } from "../fleet/fleet-operation.ts";
import { type Happening, mostEntries, type NotificationData } from "./event.ts";
import { costOf, text } from "./run-happenings.ts";

/** What happened to an operation over many VMs between two saved forms of it. */
export function happeningsOfOperation(
  operation: FleetOperation,
  former: FleetOperation,
  publicUrl: string,
): Happening[] {
  const about = aboutOperation(operation, publicUrl);
  const known = new Set(waitingPlans(former).map(({ fingerprint }) => fingerprint));
  const plans = waitingPlans(operation).filter(({ fingerprint }) => !known.has(fingerprint));
  return [
    ...(plans.length > 0 ? [plansWait(plans, operation, about)] : []),
    ...changesOfState(operation, former, about),
  ];
}

type About = Omit<NotificationData, "severity" | "title" | "summary">;

function aboutOperation({ id, intent, selection, total }: FleetOperation, publicUrl: string): About {
  return {
    vm: null,
    run: null,
    operation: { id, intent, selection: text(selection), total },
    plan: null,
    lockouts: [],
    link: pageOf(publicUrl, "operations", id),
  };
}

/** One of each kind. A kind about which somebody has decided does not wait. */
export function waitingPlans({ active, decisions }: FleetOperation): PlanGroup[] {
  const decided = new Set(decisions.map(({ fingerprint }) => fingerprint));
  const kinds = new Map(active.flatMap(({ plan }) => (plan ? [[plan.fingerprint, plan]] : [])));
  return [...kinds.values()].filter(({ fingerprint }) => !decided.has(fingerprint));
}

/** One event for all kinds that are new: an operation has few events in one save. */
function plansWait(plans: readonly PlanGroup[], operation: FleetOperation, about: About): Happening {
  const remediations = [...new Set(plans.flatMap((plan) => plan.remediations))].slice(0, mostEntries);
  const risk = highestRisk(plans.map((plan) => plan.risk));
  return {
    name: "operation.plan-waits",
    data: {
      ...about,
      severity: "error",
      title: text(`Plans wait for a decision: operation over ${operation.total} VMs`),
      summary: text(`Plans with ${remediations.join(", ")} wait in the operation over ${operation.selection}.`),
      plan: { remediations, risk, cost: costOf(risk, false), decideBy: null },
    },
  };
}

function changesOfState(operation: FleetOperation, former: FleetOperation, about: About): Happening[] {
  const { total, vmsWithLockouts } = operation;
  const happened: Happening[] = [];
  if (operation.state === "paused" && former.state !== "paused") {
    const summary = text(
      `${operation.pausedBy} paused it. VMs at work go on; no further VM starts until it is resumed.`,
    );
    const title = `Operation over ${total} VMs is paused`;
    happened.push({ name: "operation.paused", data: { ...about, severity: "warning", title, summary } });
  }
  const opened = breakerOf(operation);
  if (opened !== null && breakerOf(former) === null) {
    const title = `The circuit breaker stopped an operation over ${total} VMs`;
    const data = { ...about, severity: "critical" as const, title, summary: text(opened) };
    happened.push({ name: "operation.breaker-opened", data });
  }
  if (operation.state === "ended" && former.state !== "ended") {
    const ahead = vmsWithLockouts > 0 ? ` On ${vmsWithLockouts} of them a lock-out is ahead.` : "";
    const title = `Operation over ${total} VMs has ended: ${operation.outcome.kind}`;
    const severity = operation.outcome.kind === "circuit-open" ? "error" : ahead ? "warning" : "informational";
    const data = { ...about, severity, title, summary: text(`${operation.outcome.summary}${ahead}`) } as const;
    happened.push({ name: "operation.ended", data });
  }
  return happened;
}

/** Why the circuit breaker stopped it; `null`: it did not. An operation may stop and end between two saved forms. */
function breakerOf(operation: FleetOperation): string | null {
  if (operation.state === "stopping" && operation.stopped === "circuit-open") return operation.because;
  return operation.state === "ended" && operation.outcome.kind === "circuit-open" ? operation.outcome.summary : null;
}
