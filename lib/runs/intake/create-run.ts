import { checks } from "../../checks/registry.ts";
import type { Plan } from "../../core/plan.ts";
import { fail, ok, type Result } from "../../core/problem.ts";
import { Run, RunLimits, type RunOptions } from "../../core/run.ts";
import { runFormat } from "../../core/run-format.ts";
import type { VmId } from "../../core/vm-id.ts";
import { parseSource } from "../../network/source.ts";
import { remediations } from "../../remediations/registry.ts";
import { nameClientError } from "../machine/client-error.ts";
import { asksAzureAlone } from "../machine/network-fix.ts";
import { namesWeakening } from "../machine/weakening.ts";

export interface RunRequest {
  readonly id: string;
  readonly vm: VmId;
  readonly intent: Run["intent"];
  readonly options: RunOptions;
  readonly trigger: Run["trigger"];
  readonly operation?: Run["operation"];
  /** The limits from the settings; the defaults when absent. */
  readonly limits?: RunLimits;
  /** Whether the alert behind it hears of the outcome; it does when absent. */
  readonly reportsAlert?: boolean;
  /** For an undo: its plan. */
  readonly plan?: Plan;
}

/** A new run in its first state, or the problem with the request. */
export function createRun(request: RunRequest, now: Date): Result<Run> {
  const { checks: askedChecks = [], remediations: asked = [], undoes } = request.options;
  const strangeCheck = askedChecks.find((id) => !checks.some((check) => check.id === id));
  if (strangeCheck) {
    return fail(
      "unknown-check",
      `There is no check "${strangeCheck}". The checks are: ${checks.map((check) => check.id).join(", ")}.`,
    );
  }
  const strange = asked.find((id) => !remediations.some((remediation) => remediation.id === id));
  if (strange) {
    return fail(
      "unknown-remediation",
      `There is no remediation "${strange}". The remediations are: ${remediations.map(({ id }) => id).join(", ")}.`,
    );
  }
  const strangeSource = request.options.sources.find((source) => !parseSource(source));
  if (strangeSource !== undefined) {
    return fail(
      "invalid-input",
      `"${strangeSource.slice(0, 100)}" is no source of a connection. Give an address, a CIDR, VirtualNetwork or Internet.`,
    );
  }
  if (request.intent === "undo" && !(undoes && request.plan?.undo)) {
    return fail("invalid-input", "Name the run whose changes the undo rolls back.");
  }
  if (request.options.port !== undefined && !asksAzureAlone(request.options)) {
    return fail(
      "invalid-input",
      "A port is for a run that looks at the network alone; any other reads from the VM on which one it listens. Leave it out, or ask for the check nsg-allows-rdp alone.",
    );
  }
  const weakening = weakenMinutesOf(request);
  if (!weakening.ok) return weakening;
  const at = now.toISOString();
  const client = request.options.clientError;
  const shown = client === undefined ? "" : ` The client shows ${nameClientError(client)}.`;
  return ok(
    Run.parse({
      ...request,
      options: { ...request.options, ...weakening.value },
      format: runFormat,
      state: "queued",
      createdAt: at,
      updatedAt: at,
      alertReported: request.trigger.alert === undefined || request.reportsAlert === false,
      log: [{ at, state: "queued", message: `Asked for by ${request.trigger.by} (${request.trigger.kind}).${shown}` }],
    }),
  );
}

/** How long the requested weakening lasts, or why it is not permitted. */
function weakenMinutesOf({ options, trigger, limits }: RunRequest): Result<Pick<RunOptions, "weakenMinutes">> {
  const { remediations: asked = [], weakenMinutes } = options;
  const { weakenMinutes: usual, weakenMaximumMinutes: most } = limits ?? RunLimits.parse({});
  if (!namesWeakening(asked)) {
    if (weakenMinutes === undefined) return ok({});
    return fail(
      "invalid-input",
      "Minutes apply only to a remediation that weakens a setting. Name one, or leave the minutes out.",
    );
  }
  // An alert rule may not request a weakening, whoever wrote it.
  if (trigger.kind === "alert")
    return fail("invalid-input", "An alert cannot weaken a setting. A person has to request it.");
  if (!asked.every((id) => namesWeakening([id]))) {
    return fail(
      "invalid-input",
      "A remediation that weakens a setting needs a run of its own, because the run undoes all its changes at its end. Request the other remediations in another run.",
    );
  }
  if (weakenMinutes !== undefined && weakenMinutes > most) {
    return fail(
      "invalid-input",
      `A setting may stay weakened for at most ${most} minutes here, and this request asks for ${weakenMinutes}. Request fewer minutes.`,
    );
  }
  return ok({ weakenMinutes: weakenMinutes ?? usual });
}
