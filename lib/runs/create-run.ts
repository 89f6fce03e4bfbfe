import { checks } from "../checks/registry.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import { Run, type RunOptions } from "../core/run.ts";
import type { VmId } from "../core/vm-id.ts";
import { parseSource } from "../network/source.ts";
import { remediations } from "../remediations/registry.ts";

export interface RunRequest {
  readonly id: string;
  readonly vm: VmId;
  readonly intent: Run["intent"];
  readonly options: RunOptions;
  readonly trigger: Run["trigger"];
  readonly operation?: Run["operation"];
}

/** A new run in its first state, or what is wrong with the request. */
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
  if (request.intent === "undo" && !undoes)
    return fail("invalid-input", "An undo names the run whose changes it takes back.");
  const at = now.toISOString();
  const client = request.options.clientError;
  const shown = client ? ` The client shows ${hex(client.code)} / ${hex(client.extendedCode)}.` : "";
  return ok(
    Run.parse({
      ...request,
      state: "queued",
      createdAt: at,
      updatedAt: at,
      claimed: false,
      notBefore: null,
      attempts: 0,
      script: null,
      spent: [],
      scriptsStarted: 0,
      replans: 0,
      restarted: false,
      before: null,
      findings: [],
      plan: null,
      decision: null,
      decideBy: null,
      receipts: [],
      after: null,
      findingsAfter: [],
      conflicts: [],
      outcome: null,
      alertTold: request.trigger.alert === undefined,
      log: [{ at, state: "queued", message: `Asked for by ${request.trigger.by} (${request.trigger.kind}).${shown}` }],
    }),
  );
}

function hex(code: number): string {
  return `0x${code.toString(16)}`;
}

/** The request that takes back an ended run, or why there is nothing to take back. */
export function undoRequest(run: Run, id: string, trigger: Run["trigger"], force: boolean): Result<RunRequest> {
  if (run.state !== "ended") {
    return fail("run-not-undoable", `Run ${run.id} is still ${run.state}. Wait for it to end, then undo it.`);
  }
  if (run.receipts.length === 0 && run.outcome?.kind !== "unknown") {
    return fail("run-not-undoable", `Run ${run.id} changed nothing, so there is nothing to undo.`);
  }
  return ok({
    id,
    vm: run.vm,
    intent: "undo",
    options: { force, dryRun: false, maximumRisk: "interrupts-sessions", sources: run.options.sources, undoes: run.id },
    trigger,
  });
}
