import { plainText } from "../core/plain-text.ts";
import { traitsOf, vmKinds } from "../core/vm-kinds.ts";
import { type CommonAlert, criteriaOf, dimensionsOf } from "./common-alert.ts";

const machineTypes = vmKinds.map((kind) => traitsOf({ kind }).type.toLowerCase());

/** The kinds of alerts that can indicate a failure of Remote Desktop. */
export type Signal = "metric" | "connection-monitor" | "log" | "activity-log" | "resource-health";

// A Map, because a service named `constructor` must not be found. Resource Health is documented in both spellings.
const services = new Map<string, Signal>([
  ["platform", "metric"],
  ["log alerts v2", "log"],
  ["activity log - administrative", "activity-log"],
  ["resource health", "resource-health"],
  ["resourcehealth", "resource-health"],
]);

/** `null` for a monitoring service whose alerts are not supported: costs, security findings, policies, ... */
export function signalOf(alert: CommonAlert): Signal | null {
  const signal = services.get(lower(alert.essentials.monitoringService)) ?? null;
  return signal === "metric" && isConnectionMonitor(alert) ? "connection-monitor" : signal;
}

function isConnectionMonitor(alert: CommonAlert): boolean {
  const namespaces = criteriaOf(alert).map(({ metricNamespace }) => lower(metricNamespace));
  if (namespaces.includes("microsoft.network/networkwatchers/connectionmonitors")) return true;
  return alert.essentials.alertTargetIDs.some((id) => /\/networkWatchers\/[^/]+\/connectionMonitors\//i.test(id));
}

/** A short, stable name of the cause, independent of time: the cool-down is per VM and cause. */
export function causeOf(signal: Signal, alert: CommonAlert): string {
  switch (signal) {
    case "metric":
      return metricCause(alert);
    case "log":
      return slug("log", alert.essentials.alertRule);
    case "activity-log":
      return slug("activity-log", alert.alertContext?.operationName);
    case "connection-monitor":
    case "resource-health":
      return signal;
  }
}

function metricCause(alert: CommonAlert): string {
  const names = [...new Set(criteriaOf(alert).map(({ metricName }) => lower(metricName)))].filter(Boolean).sort();
  if (names.includes("vmavailabilitymetric")) return "vm-availability";
  return slug("metric", names.join("+") || alert.essentials.alertRule);
}

function slug(family: string, name: string | null | undefined): string {
  // Lower-case first, because that may lengthen the text.
  return `${family}:${plainText(lower(name), 200)}`;
}

/**
 * Why a fired alert must be ignored, or `null`. An activity log alert that does not say what was done is ignored, because a
 * user may have stopped the VM. Events of Resource Health are known to lack a cause
 * (https://github.com/MicrosoftDocs/azure-docs/issues/39118); the run looks at the power state before anything else.
 */
export function reasonToIgnore(signal: Signal, alert: CommonAlert): string | null {
  if (signal === "metric") return aboutMetric(alert);
  if (signal === "activity-log") return aboutOperation(alert);
  if (signal === "resource-health") return aboutHealth(alert);
  return null;
}

function aboutMetric(alert: CommonAlert): string | null {
  // The availability metric's dimension Context is Platform, Customer or Unknown; it is there when a rule splits by it.
  const byCustomer = dimensionsOf(alert).some(({ name, value }) => name === "context" && lower(value) === "customer");
  return byCustomer ? "A user stopped or restarted the VM (dimension Context is Customer)." : null;
}

function aboutOperation({ alertContext }: CommonAlert): string | null {
  const operation = lower(alertContext?.operationName);
  const status = lower(alertContext?.status).replaceAll(" ", "");
  if (operation === "") return "The alert does not name the operation, so a user may have stopped the VM on purpose.";
  const onMachine = machineTypes.find((type) => operation.startsWith(`${type}/`));
  const rest = onMachine === undefined ? "" : operation.slice(onMachine.length + 1);
  if (/^(?:(?:deallocate|poweroff|reimage|reimageall)\/action|delete)$/.test(rest)) {
    return "Somebody stopped, reimaged or deleted the VM on purpose.";
  }
  // This service's own Run Commands are such operations too: reacting to them would never end.
  if (/^runcommands?\//.test(rest)) {
    return "The operation is a Run Command, which this service uses itself.";
  }
  if (["started", "accepted", "inprogress"].includes(status)) {
    return "The operation on the VM has not ended yet.";
  }
  return null;
}

function aboutHealth({ alertContext }: CommonAlert): string | null {
  const cause = lower(alertContext?.properties?.cause);
  const status = lower(alertContext?.status);
  const health = lower(alertContext?.properties?.currentHealthStatus);
  if (cause === "userinitiated") return "A user stopped or restarted the VM (Resource Health says UserInitiated).";
  // Every event starts with Active. Updated, In Progress and Resolved are later reports of the same event.
  if (status !== "active") return "Resource Health reports no new event: its status is not Active.";
  if (health === "available") return "Resource Health says that the VM is available.";
  return null;
}

function lower(text: string | null | undefined): string {
  return (text ?? "").trim().toLowerCase();
}
