import type { Delivery } from "../../lib/core/delivery.ts";
import {
  type Happening,
  type NotificationData,
  type NotificationEvent,
  toEvent,
} from "../../lib/notifications/event.ts";
import { readReceivers } from "../../lib/notifications/read-receivers.ts";
import type { Receiver } from "../../lib/notifications/receiver.ts";

export const publicUrl = "https://rdp.contoso.example";
export const subject = "00000000-0000-4000-8000-000000000001";

export const sampleData: NotificationData = {
  severity: "error",
  title: "A plan waits for a decision: vm-app-01",
  summary: 'fDenyTSConnections is 1. The plan\'s risk is "interrupts-sessions", and this run may do "none" alone.',
  vm: {
    id: "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/app/providers/Microsoft.Compute/virtualMachines/vm-app-01",
    name: "vm-app-01",
    resourceGroup: "app",
    subscriptionId: "00000000-0000-4000-8000-000000000001",
  },
  run: { id: subject, intent: "repair", trigger: "alert", outcome: null },
  operation: null,
  plan: {
    remediations: ["enable-remote-desktop"],
    risk: "interrupts-sessions",
    cost: "Sessions on the VM may end.",
    decideBy: "2026-11-22T08:00:00.000Z",
  },
  lockouts: [],
  link: `${publicUrl}/app/#/runs/${subject}`,
};

export function happening(
  changes: Partial<NotificationData> = {},
  name: Happening["name"] = "run.plan-waits",
): Happening {
  return { name, data: { ...sampleData, ...changes } };
}

export function sampleEvent(
  changes: Partial<NotificationData> = {},
  name: Happening["name"] = "run.plan-waits",
): NotificationEvent {
  const at = "2026-11-21T08:00:00.000Z";
  return toEvent(happening(changes, name), { source: publicUrl, subject, sequence: 300, at });
}

/** A delivery told from others by its run and its number there. */
export function delivery(receiver: string, run: number, sequence: number, at = "2026-11-21T08:00:00.000Z"): Delivery {
  const id = `00000000-0000-4000-8000-${String(run).padStart(12, "0")}`;
  const event = toEvent(happening({}, "run.ended"), { source: publicUrl, subject: id, sequence, at });
  return { receiver, subject: id, sequence, event: JSON.stringify(event), at };
}

export const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Receivers as their setting has them. */
export function receivers(...given: readonly object[]): Receiver[] {
  const read = readReceivers(JSON.stringify({ receivers: given }));
  if (!read.ok) throw new Error(read.problem.message);
  return read.value;
}

export function aReceiver(more: object = {}): Receiver {
  const [receiver] = receivers({ name: "desk", kind: "webhook", url: "https://desk.contoso.example/hook", ...more });
  if (!receiver) throw new Error("There is no receiver.");
  return receiver;
}
