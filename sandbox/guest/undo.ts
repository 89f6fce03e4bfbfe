import type { Receipt } from "../../lib/core/change.ts";
import { type RdpService, rdpServices } from "../../lib/core/windows.ts";
import type { GuestRequest } from "../../lib/guest/protocol.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { isAllowedOperation } from "./allowed-operations.ts";
import { inverseOf } from "./inverse-operation.ts";
import {
  changesInEffect,
  freeNames,
  type Journal,
  type JournaledChange,
  journalChange,
  openJournal,
  openStep,
  type Step,
  stepsOf,
} from "./journal.ts";
import { untrustedJournal } from "./journal-folders.ts";
import type { Operation } from "./operations.ts";
import { forbidsStart, performJournaled, startSessionEnv } from "./rollback.ts";
import { bringServicesTo, type ServiceStates, stateOf, statesOf, stopServices } from "./services.ts";
import { giveUp, journalUnusable, recoverStep, refusedWork, type Work } from "./work.ts";

/** Rolls back what another run did, newest first, and journals that as its own work. */
export function undo(adapter: WindowsAdapter, journal: Journal, request: GuestRequest): Work {
  if (request.undoes === null) return refusedWork("The request names no run to undo.");
  const target = openJournal(adapter, request.undoes);
  const untrusted = target.lines().length === 0 && untrustedJournal(adapter, target.runId);
  if (untrusted) {
    return journalUnusable(`${untrusted} is not a folder for SYSTEM and Administrators alone. Find out who made it.`);
  }
  const recovered = recoverStep(adapter, target);
  if (recovered.status === "failed") return recovered;
  const { receipts, conflicts } = recovered;
  const lines = target.lines();
  if (lines.length === 0) return refusedWork(`This VM has no journal of the run ${target.runId}.`);
  const steps = stepsOf(lines).filter(({ step }) => Number(step.split("-")[1]) > request.afterStep);
  const asked = steps.flatMap((step) => step.changes.map(({ change }) => change));
  const inEffect = changesInEffect(adapter, target.runId)
    .filter(({ change }) => asked.includes(change))
    .reverse();
  // No undo weakens the VM, whatever the force.
  const restored = inEffect.filter(({ kind, reverses }) => kind === "weaken-registry-value" && reverses);
  const changes = inEffect.filter((change) => !restored.includes(change));
  conflicts.push(...restored.map(({ target }) => `${target} was weakened once. No undo weakens it again.`));
  if (restored.length > 0 && changes.every(({ kind }) => kind === "restart-rdp-services")) {
    return refusedWork(`${conflicts.join(" ")} Ask for it anew.`);
  }
  if (changes.length === 0) {
    if (recovered.status === "rolled-back") return { ...recovered, status: "done", reason: null };
    return refusedWork(`Nothing of what the run ${target.runId} did is in effect any more.`);
  }

  const operations = changes.flatMap((change) => change.operations);
  if (!operations.every((operation) => isAllowedOperation(adapter, operation))) {
    return refusedWork(`The journal of the run ${target.runId} names something that this script never changes.`);
  }
  const around = isRestoredAlready(adapter, journal, changes) ? null : statesAround(steps);
  try {
    if (target.runId !== journal.runId) target.append({ line: "undone-by", runId: journal.runId });
    journal.append({ line: "begin", step: request.step, services: around && statesOf(adapter) });
    // SessionEnv stays as it is: its start would renew what is about to come back.
    if (around) stopServices(adapter, ["TermService", "UmRdpService"]);
    const last = (change: JournaledChange) => change.operations.some(forbidsStart);
    const reverseAll = (some: JournaledChange[]) => {
      for (const change of some) {
        const { receipt, conflict } = reverse(adapter, journal, target.runId, change, request.force, around !== null);
        receipts.push(receipt);
        if (conflict) conflicts.push(conflict);
      }
    };
    reverseAll(changes.filter((change) => !last(change)));
    if (around) restoreServices(adapter, journal, around);
    reverseAll(changes.filter(last));
    journal.append({ line: "end", status: "done", services: around && statesOf(adapter) });
    return { status: "done", reason: null, receipts, conflicts };
  } catch (error) {
    return giveUp(adapter, journal, error);
  }
}

/**
 * Whether all of it was a weakening, and the VM's own task was here before: then the services started anew as well, and
 * nobody is to be thrown off for it once more.
 */
function isRestoredAlready(adapter: WindowsAdapter, journal: Journal, changes: readonly JournaledChange[]): boolean {
  const others = changes.filter(({ kind }) => kind !== "restart-rdp-services");
  const isRestored = (operation: Operation) => {
    const { operations, conflict } = inverseOf(adapter, operation, freeNames(adapter, journal));
    return operations.length === 0 && conflict === null;
  };
  return (
    others.length > 0 &&
    others.every(({ kind, operations }) => kind === "weaken-registry-value" && operations.every(isRestored))
  );
}

/** Rolls back one change as a whole, or leaves it alone as a whole when somebody has changed it since. */
function reverse(
  adapter: WindowsAdapter,
  journal: Journal,
  runId: string,
  { kind, target, change, operations }: JournaledChange,
  force: boolean,
  restarts: boolean,
): { receipt: Receipt; conflict: string | null } {
  const aside = freeNames(adapter, journal);
  const newestFirst = [...operations].reverse();
  // A key is empty only after its values are gone: it is looked at when its turn comes.
  const conflict = newestFirst
    .filter((operation) => !isKey(operation))
    .map((operation) => inverseOf(adapter, operation, aside).conflict)
    .find((sentence) => sentence !== null);
  if (conflict && !force) {
    const receipt = { kind, target, changed: false, note: "Changed since, and left alone." };
    return { receipt, conflict: `${conflict} It was left alone.` };
  }
  const number = journalChange(journal, { kind, target, reverses: { runId, change } });
  // A restart has nothing to roll back, but the services stop and start for it once more.
  let changed = restarts && kind === "restart-rdp-services";
  let left: string | null = null;
  for (const operation of newestFirst) {
    const back = inverseOf(adapter, operation, aside);
    if (isKey(operation) && back.conflict) left = `${back.conflict} It was left alone.`;
    for (const one of back.operations) {
      performJournaled(adapter, journal, number, one);
      changed = true;
    }
  }
  return { receipt: { kind, target, changed, note: null }, conflict: left };
}

function isKey(operation: Operation): boolean {
  return operation.does === "resource" && operation.resource.kind === "registry-key";
}

interface StatesAround {
  before: ServiceStates;
  after: ServiceStates;
}

/** The services before and after these steps; `null` when they left them alone. */
function statesAround(steps: readonly Step[]): StatesAround | null {
  const done = steps.filter((step) => step.status === "done" && step.before);
  const before = done.at(0)?.before;
  const after = done.at(-1)?.after;
  return before && after ? { before, after } : null;
}

/** Each service in its state before the run that is undone, unless somebody has started or stopped it since. */
function restoreServices(adapter: WindowsAdapter, journal: Journal, { before, after }: StatesAround): void {
  const begun = openStep(journal)?.before ?? after;
  const wanted = (name: RdpService) => {
    if (begun[name] !== after[name]) return begun[name];
    // Nothing makes a service hang again.
    return before[name]?.endsWith("Pending") ? after[name] : before[name];
  };
  const states = Object.fromEntries(rdpServices.map((name) => [name, wanted(name)])) as ServiceStates;
  if (states.SessionEnv === "Running" && stateOf(adapter, "SessionEnv") !== "Running") {
    const restart = { kind: "restart-rdp-services", target: "SessionEnv", reverses: null } as const;
    startSessionEnv(adapter, journal, journalChange(journal, restart));
  }
  bringServicesTo(adapter, states);
}
