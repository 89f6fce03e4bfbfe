import { metrics } from "@opentelemetry/api";
import { attributeNames, instrumentationScope, metricNames } from "./names.ts";

/** Counts what became of notifications, by the kind of their receiver. */
export function createDeliveryMetrics(): {
  sent(kind: string): void;
  failed(kind: string): void;
  lost(kind: string, count: number): void;
} {
  const meter = metrics.getMeter(instrumentationScope);
  const counter = (name: string, description: string) => {
    const counts = meter.createCounter(name, { description });
    return (kind: string, count = 1) => counts.add(count, { [attributeNames.receiver]: kind });
  };
  return {
    sent: counter(metricNames.notificationsSent, "Notifications that their receivers took."),
    failed: counter(metricNames.notificationsFailed, "Attempts to send a notification that failed."),
    lost: counter(metricNames.notificationsLost, "Notifications that will never be sent."),
  };
}
