import type { Credential } from "./azure/monitor.ts";
import type { Outbox } from "./core/delivery.ts";
import type { Run } from "./core/run.ts";
import { createDeliveries, type Deliveries } from "./notifications/deliveries.ts";
import { createDispatcher, type Dispatcher } from "./notifications/dispatcher.ts";
import type { Send } from "./notifications/ports.ts";
import { createSend, postByFetch } from "./notifications/send.ts";
import { createStillWaits, type PlanStore } from "./notifications/still-waits.ts";
import type { RunStore } from "./runs/ports.ts";
import type { RunWatcher } from "./runs/stepper.ts";
import type { Settings } from "./settings.ts";
import { createDeliveryMetrics } from "./telemetry/delivery-metrics.ts";

/** What the composition of a service needs of notifications. */
export interface Notifications {
  readonly deliveries: Deliveries;
  readonly dispatcher: Dispatcher;
  /** Begins to send when a run was saved about which there is something to send. */
  readonly watcher: RunWatcher;
}

export interface NotificationParts {
  readonly store: Outbox & Pick<RunStore, "reserve" | "reservedBy"> & PlanStore;
  readonly credential: Credential;
  readonly now: () => Date;
  /** Gets one line of JSON for each event that was refused, failed at first, is lost or overtaken, or could not be made. */
  readonly log: (line: string) => void;
}

/** `null` when the settings name no receivers. */
export async function composeNotifications(
  { notifications }: Pick<Settings, "notifications">,
  { store, credential, now, log }: NotificationParts,
): Promise<Notifications | null> {
  if (!notifications) return null;
  const { receivers, publicUrl } = notifications;
  const onFailure = (error: unknown, subject: string) => {
    const because = error instanceof Error ? error.message : String(error);
    log(JSON.stringify({ notification: "not made", subject, because }));
  };
  const dispatcher = createDispatcher({
    store,
    receivers,
    send: await composeSend(notifications, credential, now),
    stillWaits: createStillWaits(store),
    metrics: createDeliveryMetrics(),
    now,
    log,
  });
  const deliveries = createDeliveries({ receivers, publicUrl, onFailure });
  return { deliveries, dispatcher, watcher: { saved: (run, former) => isEventful(run, former) && dispatcher.wake() } };
}

/** Sends to receivers of every kind, mail as this identity. */
export async function composeSend(
  { secrets }: NonNullable<Settings["notifications"]>,
  identity: Credential | Settings["credential"],
  now: () => Date,
): Promise<Send> {
  const { createEmailSender } = await import("./azure/email-sender.ts");
  const { createCredential } = await import("./azure/credential.ts");
  const credential = "getToken" in identity ? identity : createCredential(identity);
  return createSend({ secrets, post: postByFetch, sendEmail: createEmailSender(credential, postByFetch, now), now });
}

function isEventful(run: Run, former: Run): boolean {
  return run.state !== former.state && (run.state === "ended" || run.state === "awaiting-approval");
}
