import { readAlert } from "../alerts/read-alert.ts";
import type { Problem } from "../core/problem.ts";
import { type AlertIntakeOptions, takeInAlert } from "../runs/intake/alert-intake.ts";
import type { AlertIntake } from "./responses.ts";

/**
 * Accepts the delivery of an action group. `null` as the VM of an ignored row: it is about the whole alert, and would
 * say the same of every delivery.
 */
export function createAlertReceiver(options: AlertIntakeOptions): (body: unknown) => Promise<AlertIntake | Problem> {
  return async (body) => {
    const reading = readAlert(body);
    if (!reading.ok) return reading.problem;
    const alert = reading.value;
    if (alert.kind === "ignored") return { accepted: [], ignored: [{ vm: null, because: alert.because }] };
    const taken = await takeInAlert(alert, options);
    if (!taken.ok) return taken.problem;
    const { accepted, ignored, notes } = taken.value;
    const remarks = [...alert.notes, ...notes].map((because) => ({ vm: null, because }));
    return { accepted: [...accepted], ignored: [...ignored, ...remarks] };
  };
}
