import type { NotificationData } from "./event.ts";

/** An event for people: every field is plain text, which each channel writes in its own way. */
export interface Message {
  readonly title: string;
  readonly summary: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** The text of the link. */
  readonly linkText: string;
  readonly link: string;
  /** Where decisions are made, so that a message that asks for one elsewhere is known as false. */
  readonly footer: string;
}

export function messageOf({
  title,
  summary,
  severity,
  vm,
  run,
  operation,
  plan,
  lockouts,
  link,
}: NotificationData): Message {
  const facts = [
    vm && { label: "VM", value: `${vm.name} (resource group ${vm.resourceGroup}, subscription ${vm.subscriptionId})` },
    operation && { label: "Operation", value: `${operation.intent}, ${operation.total} VMs: ${operation.selection}` },
    { label: "Severity", value: severity },
    plan && { label: "Plan", value: `${plan.remediations.join(", ")} (risk: ${plan.risk})` },
    plan && { label: "What it costs", value: plan.cost },
    plan?.decideBy && { label: "Decide until", value: `${plan.decideBy} by an identity with the role Rdp.Approve` },
    ...lockouts.slice(0, 3).map(({ when, cure }) => ({ label: whenOf(when), value: cure })),
    run && { label: "Run", value: run.id },
  ].filter((fact) => fact !== null && fact !== undefined && fact !== "");
  return {
    title,
    summary,
    facts,
    linkText: plan ? "Open the run and decide there" : "Open it",
    link,
    footer: `Decisions are made only on the page of the service, ${new URL(link).origin}, after you have signed in. This message asks for no password and decides nothing.`,
  };
}

function whenOf(when: NotificationData["lockouts"][number]["when"]): string {
  switch (when.on) {
    case "date":
      return `Before ${when.at}`;
    case "restart":
      return "Before the next restart";
    case "repair":
      return "Before a repair is needed";
  }
}
