import { describeChange } from "../core/change.ts";
import { isUnreadable } from "../core/guest-evidence.ts";
import type { Run } from "../core/run.ts";
import { startingOf } from "../core/starting.ts";
import { offlineSteps } from "../offline-repair/offline-steps.ts";
import { addressesOf, rdpPortOf } from "../runs/machine/outside.ts";
import { acceptedRequests } from "../runs/machine/requests.ts";
import { lockoutsOf } from "../scan/find-lockouts.ts";
import type { RunView } from "./run-view.ts";
import { headOf, statusOf, whyItWaits } from "./summarize-run.ts";
import { wireCodeOf } from "./wire-code.ts";

/** What the view of a run says that the run itself does not know. */
export interface Viewer {
  /** Who may decide about a run that waits for a decision. */
  readonly whoMayDecide: (run: Run) => string;
  /** Whether details for the log are shown. */
  readonly showsDetail: boolean;
}

/** The run as people and programs see it. `undoneBy`: the run that has undone it. */
export function viewRun(run: Run, viewer: Viewer, undoneBy: Run | null = null): RunView {
  return {
    ...headOf(run),
    options: run.options,
    findings: run.findings,
    plan: run.plan && { ...run.plan, changes: run.plan.changes.map(describeChange) },
    offlineSteps: offlineSteps({ vm: run.vm, findings: run.findings, clientError: run.options.clientError }),
    decision: run.decision,
    decideByDateTime: run.decideBy,
    awaits:
      run.state === "awaiting-approval" ? { because: whyItWaits(run), whoMayDecide: viewer.whoMayDecide(run) } : null,
    accepts: acceptedRequests(run),
    weakenedUntilDateTime: (run.state !== "ended" && run.weakening?.until) || null,
    script: run.script && {
      step: run.script.step,
      state: run.script.phase === "running" ? "running" : "starting",
      waitedMs: run.script.waitedMs,
      awaitMs: run.script.awaitMs,
    },
    scriptsStarted: run.scriptsStarted,
    attempts: run.attempts,
    windowsStarting: run.before?.guest ? startingOf(run.before.guest) : null,
    endpoint: endpointOf(run),
    network: (run.after ?? run.before)?.network ?? [],
    proposals: run.proposals,
    notProposed: run.notProposed,
    pipelinePage: run.fixPage,
    access: run.access,
    receipts: run.receipts,
    findingsAfter: run.findingsAfter,
    handshakes: { before: run.before?.guest?.handshake ?? null, after: run.after?.guest?.handshake ?? null },
    lockouts: lockoutsOf(run),
    conflicts: run.conflicts,
    ...(undoneBy && {
      undoneBy: { id: undoneBy.id, state: undoneBy.state, lastUpdatedDateTime: undoneBy.updatedAt },
    }),
    log: run.log,
    ...endingOf(run, viewer),
  };
}

function endpointOf(run: Run): RunView["endpoint"] {
  const { guest } = run.after ?? run.before ?? {};
  const isSeen = guest != null && !isUnreadable(guest.listener);
  return {
    addresses: run.before ? addressesOf(run.before.azure) : [],
    port: rdpPortOf(run),
    isPortKnown: isSeen || run.options.port !== undefined,
  };
}

function endingOf(run: Run, { showsDetail }: Viewer): Pick<RunView, "error" | "result"> {
  if (!run.outcome) return {};
  const { kind, summary, problem, coverage = null } = run.outcome;
  switch (statusOf(run)) {
    case "Failed": {
      const detail = showsDetail && problem?.detail !== undefined ? { detail: problem.detail } : {};
      return { error: { code: wireCodeOf(problem?.code ?? kind), message: summary, ...detail } };
    }
    case "Succeeded":
      return { result: { outcome: kind, summary, coverage } };
    default:
      return {};
  }
}
