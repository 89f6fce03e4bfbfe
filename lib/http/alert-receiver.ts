import { readAlert } from "../alerts/read-alert.ts";
import type { Problem } from "../core/problem.ts";
import { type AlertIntakeOptions, takeInAlert } from "../runs/alert-intake.ts";
import type { AlertIntake } from "./answers.ts";

/**
 * Takes in what an action group delivers. `null` as the VM of an ignored row: the alert as a whole was ignored, or the
 * row speaks of something that could not be told to be a VM.
 */
export function createAlertReceiver(options: AlertIntakeOptions): (body: unknown) => Promise<AlertIntake | Problem> {
  return async (body) => {
    const reading = readAlert(body);
    if (!reading.ok) return reading.problem;
    const alert = reading.value;
    if (alert.kind === "ignored") return { accepted: [], ignored: [{ vm: null, because: alert.because }] };
    const taken = await takeInAlert(alert, options);
    if (!taken.ok) return taken.problem;
    const unresolved = alert.unresolved.map(
      (name) => `"${name}" is a name, not a resource id: split the alert rule by _ResourceId.`,
    );
    const remarks = [...unresolved, ...alert.notes].map((because) => ({ vm: null, because }));
    return { accepted: [...taken.value.accepted], ignored: [...taken.value.ignored, ...remarks] };
  };
}
