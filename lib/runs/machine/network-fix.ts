import { checks } from "../../checks/registry.ts";
import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../../core/finding.ts";
import type { Problem } from "../../core/problem.ts";
import type { Run, RunOptions } from "../../core/run.ts";
import { defaultRdpPort } from "../../core/windows.ts";
import { proposeRules } from "../../network/propose-rules.ts";
import { proposalLifeMs } from "../timing.ts";
import { addLogEntry, resetAttempts } from "./transitions.ts";

/*
 * Network faults are not repaired here: the run carries the fix for the network owner, and may hand it to their
 * pipeline.
 */

/** Whether Azure's evidence answers the whole request, so that no script need run in the VM. */
export function asksAzureAlone({ checks: asked }: Pick<RunOptions, "checks">): boolean {
  const ids = checks.filter(({ needsGuest }) => needsGuest === false).map(({ id }) => id);
  return asked?.every((id) => ids.includes(id)) ?? false;
}

/** The port that such a run evaluates, and how that port is known. */
export function describePort({ port, portSeenBy }: Pick<RunOptions, "port" | "portSeenBy">): string {
  const nobodyLooks = "Looking at the network alone";
  if (port === undefined)
    return `${nobodyLooks}, for port ${defaultRdpPort}: on which one the VM listens was not read.`;
  return `${nobodyLooks}, for port ${port}${portSeenBy ? ` as run ${portSeenBy} saw it` : ""}.`;
}

type Fix = Pick<Run, "proposals" | "notProposed" | "fixDue">;

/** Rules that would allow the denied sources. Only for a fault: what is closed on purpose stays closed. */
export function fixFor({ id, intent, options, limits }: Run, evidence: Evidence, findings: readonly Finding[]): Fix {
  const isFault = findings.some(({ check, verdict }) => check === "nsg-allows-rdp" && verdict === "faulty");
  if (!isFault) return { proposals: [], notProposed: [], fixDue: false };
  const expiresAt = new Date(Date.parse(evidence.at) + proposalLifeMs).toISOString();
  const proposed = proposeRules(evidence.azure, evidence.network, { runId: id, expiresAt });
  // A diagnosis starts no pipeline: it needs a smaller right, and the pipeline itself starts a diagnosis at its end.
  const fixDue = limits.handsOver && intent === "repair" && !options.dryRun && proposed.proposals.length > 0;
  return { ...proposed, fixDue };
}

/** The pipeline has been started; it asks a person before it changes anything. */
export function handedOver(run: Run, page: string, now: Date): Run {
  const message = `The network fix was handed to the pipeline at ${page}.`;
  return addLogEntry({ ...resetAttempts(run), fixDue: false, fixPage: page }, message, now);
}

/** The proposal stands; the network owner can start the pipeline by hand, also when an answer was lost after it had started. */
export function notHandedOver(run: Run, { message: why, retryable }: Problem, now: Date): Run {
  const isInDoubt = retryable || run.attempts > 0;
  const what = isInDoubt ? "may not have been handed to the pipeline" : "was not handed to the pipeline";
  const message = `The network fix ${what}. ${why}`;
  return addLogEntry({ ...resetAttempts(run), fixDue: false }, message, now);
}
