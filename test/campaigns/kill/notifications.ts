import { setTimeout } from "node:timers/promises";
import type { Outbox } from "../../../lib/core/delivery.ts";
import type { NotificationEvent } from "../../../lib/notifications/event.ts";
import type { RunStore } from "../../../lib/runs/ports.ts";
import type { Banner } from "../../../sandbox/banner.ts";
import type { SandboxProcess } from "../processes/sandbox-process.ts";

/** Of the receiver that takes everything. Another one answers 500 to everything, and a third one hangs. */
const good = "desk";

/** Receivers in the sandbox, for the settings of the service that is killed. */
export function notificationSettings({ endpoint, receivers }: Banner): Record<string, string> {
  const webhook = (name: string, query = "") => ({
    name,
    kind: "webhook",
    url: `${endpoint}/receivers/webhook/${name}${query}`,
    signing: [{ secret: "signing" }],
  });
  const given = [webhook(good), webhook("down", "?answer=500"), webhook("hanging", "?answer=hang")];
  return {
    RDP_REMEDIATION_NOTIFICATIONS: JSON.stringify({ receivers: given }),
    RDP_REMEDIATION_NOTIFICATION_SECRETS: JSON.stringify({ signing: receivers.signingSecret }),
    RDP_REMEDIATION_PUBLIC_URL: "https://rdp.contoso.example",
  };
}

/** After a kill a delivery that was under way is left alone for a minute, and the sweep comes every half minute. */
const patienceMs = 180_000;

export interface ToldOf {
  /** How many events the receiver took, and how many of its receipts were repetitions. */
  readonly events: number;
  readonly repeated: number;
  readonly violations: readonly string[];
}

/** Waits until the outbox has nothing more for the good receiver, and looks at what it got about these runs. */
export async function notificationsOf(
  azure: SandboxProcess,
  store: Outbox & Pick<RunStore, "get">,
  runs: readonly string[],
): Promise<ToldOf> {
  const violations: string[] = [];
  const deadline = Date.now() + patienceMs;
  const waiting = async () => (await store.pendingDeliveries()).filter(({ receiver }) => receiver === good);
  while ((await waiting()).length > 0 && Date.now() < deadline) await setTimeout(500);
  for (const { subject, sequence } of await waiting())
    violations.push(`Event ${sequence} of run ${subject} was not sent.`);
  const receipts = await receiptsOf(azure);
  const bySubject = Map.groupBy(receipts, ({ subject }) => subject);
  for (const [subject, events] of bySubject) {
    const sequences = events.map(({ sequence }) => Number(sequence));
    if (sequences.some((one, at) => one < (sequences[at - 1] ?? 0)))
      violations.push(`The events of run ${subject} came out of order: ${sequences.join(", ")}.`);
  }
  for (const id of runs) {
    const { run } = (await store.get(id)) ?? {};
    const names = (bySubject.get(id) ?? []).map(({ type }) => type);
    const expected = [
      // Of a plan about which somebody has decided before its event was sent, nobody is told.
      ...(run?.state === "awaiting-approval" ? ["rdp-remediation.run.plan-waits"] : []),
      ...(run?.state === "ended" ? ["rdp-remediation.run.ended"] : []),
    ];
    for (const name of expected) if (!names.includes(name)) violations.push(`Nobody was told of ${name} of run ${id}.`);
  }
  const events = new Set(receipts.map(({ id }) => id)).size;
  return { events, repeated: receipts.length - events, violations };
}

/** What the good receiver took, in the order in which it came. */
async function receiptsOf({ banner }: SandboxProcess): Promise<NotificationEvent[]> {
  const answer = await fetch(`${banner.endpoint}/receivers`);
  const { value } = (await answer.json()) as {
    value: { receiver: string; because: string | null; body: NotificationEvent }[];
  };
  return value.filter(({ receiver, because }) => receiver === good && because === null).map(({ body }) => body);
}
