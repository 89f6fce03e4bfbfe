import { readAlert } from "../alerts/read-alert.ts";
import type { Problem } from "../core/problem.ts";
import { type AlertIntakeOptions, takeInAlert } from "../runs/intake/alert-intake.ts";
import { resolveNames } from "../runs/intake/resolve-names.ts";
import type { VmFinder } from "../runs/ports.ts";
import type { AlertIntake } from "./responses.ts";

export interface AlertReceiverOptions extends AlertIntakeOptions {
  /** Looks up VMs that an alert names without their ids. Without it such an alert starts nothing. */
  readonly finder?: Pick<VmFinder, "named">;
}

/**
 * Accepts the delivery of an action group. `null` as the VM of an ignored row: it is about the whole alert, and would
 * say the same of every delivery.
 */
export function createAlertReceiver(options: AlertReceiverOptions): (body: unknown) => Promise<AlertIntake | Problem> {
  return async (body) => {
    const reading = readAlert(body);
    if (!reading.ok) return reading.problem;
    const alert = reading.value;
    if (alert.kind === "ignored") return { accepted: [], ignored: [{ vm: null, because: alert.because }] };
    const resolved = await resolveNames(alert.unresolved, options.policy.scopes, options.finder);
    if (!resolved.ok) return resolved.problem;
    const { vms, ignored } = resolved.value;
    const taken = await takeInAlert({ ...alert, vms: [...alert.vms, ...vms] }, options);
    if (!taken.ok) return taken.problem;
    const remarks = alert.notes.map((because) => ({ vm: null, because }));
    return { accepted: [...taken.value.accepted], ignored: [...taken.value.ignored, ...ignored, ...remarks] };
  };
}
