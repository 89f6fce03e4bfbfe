import { hash } from "node:crypto";
import { plainText } from "../core/plain-text.ts";
import { ok, type Result } from "../core/problem.ts";
import type { VmId } from "../core/vm-id.ts";
import { type CommonAlert, parseCommonAlert } from "./common-alert.ts";
import { type NamedVms, namedVms } from "./named-vms.ts";
import { type RequestedLimits, readRequestedLimits } from "./requested-limits.ts";
import { causeOf, reasonToIgnore, type Signal, signalOf } from "./signal.ts";

/** An alert that may start runs. All texts are one line, limited in length and without control characters. */
export interface FiredAlert {
  readonly kind: "fired";
  /** The ARM id of this firing, as given. */
  readonly alertId: string;
  /** The rule's name; empty when the alert does not contain it. */
  readonly rule: string;
  readonly monitoringService: string;
  readonly severity: CommonAlert["essentials"]["severity"] | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly firedAt: string;
  /** No two are the same VM. */
  readonly vms: VmId[];
  /** Stable over firings, e.g. `vm-availability`, `log:rdp errors`: repairs cool down per VM and cause. */
  readonly cause: string;
  /** The same for every delivery of this firing and for no other: 64 hex digits. */
  readonly key: string;
  /** The limits that the rule's owner requests; untrusted. */
  readonly requestedLimits: RequestedLimits;
  /** English sentences about ignored parts, for the response and the log. */
  readonly notes: string[];
}

/** A valid alert that starts nothing. `because` is one English sentence. */
export interface IgnoredAlert {
  readonly kind: "ignored";
  readonly alertId: string;
  readonly because: string;
}

export type AlertReading = FiredAlert | IgnoredAlert;

/**
 * Reads the body of an alert's delivery. The only problem is `invalid-input`, for a body that will never be
 * acceptable: it names the offending field. Never throws, whatever the body.
 */
export function readAlert(body: unknown): Result<AlertReading> {
  const parsed = parseCommonAlert(body);
  if (!parsed.ok) return parsed;
  const alert = parsed.value;
  const { alertId, monitorCondition, monitoringService } = alert.essentials;
  function ignored(because: string): Result<AlertReading> {
    return ok({ kind: "ignored", alertId, because });
  }

  if (monitorCondition === "Resolved") return ignored("The alert is resolved.");
  const signal = signalOf(alert);
  if (!signal) {
    const service = plainText(monitoringService, 60);
    return ignored(
      `Alerts of "${service}" are not supported. Supported are metric, Log Alerts V2, administrative, Resource Health and Connection Monitor alerts.`,
    );
  }
  const nothingToDo = reasonToIgnore(signal, alert);
  if (nothingToDo) return ignored(nothingToDo);
  const named = namedVms(alert);
  if (named.vms.length === 0) return ignored(whyNobody(named));
  return ok(fired(signal, alert, named));
}

function whyNobody({ scaleSet }: NamedVms): string {
  return scaleSet
    ? "The alert is about a scale set as a whole. Split its rule by instance (the dimension VMName, or _ResourceId in logs), so that it names the one in trouble."
    : "The alert names no virtual machine by its resource id. Scope the rule to VMs, or split it by _ResourceId; the name of a computer is not enough.";
}

function fired(signal: Signal, alert: CommonAlert, { vms, scaleSet }: NamedVms): FiredAlert {
  const { alertId, alertRule, monitorCondition, monitoringService, severity, firedDateTime } = alert.essentials;
  const firedAt = new Date(firedDateTime).toISOString();
  // Rules of Log Alerts V2 hand their custom properties over in the context.
  const places = [alert.customProperties, alert.alertContext?.properties].filter((place) => place != null);
  const { limits, notes } = readRequestedLimits(places);
  return {
    kind: "fired",
    alertId,
    rule: plainText(alertRule ?? "", 260),
    monitoringService: plainText(monitoringService, 60),
    severity: severity ?? null,
    firedAt,
    vms,
    cause: causeOf(signal, alert),
    key: hash("sha256", [alertId.toLowerCase(), monitorCondition, firedAt].join("|")),
    requestedLimits: limits,
    notes: [
      ...(scaleSet ? ["Scale sets as a whole are ignored: only the machines that an alert names are worked on."] : []),
      ...notes,
    ],
  };
}
