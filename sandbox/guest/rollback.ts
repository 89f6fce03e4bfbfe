import type { ServiceFacts } from "../../lib/core/guest-evidence.ts";
import { mayStart } from "../../lib/core/rdp-services.ts";
import { rdpServices } from "../../lib/core/windows.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { inverseOf } from "./inverse-operation.ts";
import { freeNames, type Journal, journalChange, openStep, type Step } from "./journal.ts";
import { type Operation, performOperation } from "./operations.ts";
import { takeRdpCertificateBackup } from "./rdp-certificate-backup.ts";
import { bringServicesTo, startService, stateOf, statesOf, stopServices } from "./services.ts";

/** Does an operation of a change, which is in the journal first. */
export function performJournaled(
  adapter: WindowsAdapter,
  journal: Journal,
  change: number,
  operation: Operation,
): void {
  journal.append({ line: "operation", change, operation });
  performOperation(adapter, operation);
}

/** Starts SessionEnv, after noting what it may replace. */
export function startSessionEnv(adapter: WindowsAdapter, journal: Journal, change: number): void {
  const backup = takeRdpCertificateBackup(adapter, freeNames(adapter, journal)());
  performJournaled(adapter, journal, change, { does: "back-up-rdp-certificate", backup });
  startService(adapter, "SessionEnv");
}

/**
 * Whether its inverse operation forbids a service to start. That comes last, after the services are in their former states:
 * one that ran in spite of its settings could not be started again under them.
 */
export function forbidsStart(operation: Operation): boolean {
  if (operation.does !== "resource" || operation.resource.kind !== "service-setting") return false;
  const { service } = operation.resource;
  const name = rdpServices.find((one) => one === service);
  return name !== undefined && !mayStart(name, operation.from as ServiceFacts);
}

/**
 * Rolls back everything that the open step of a journal has done, newest first: the end of a step that failed, and
 * the first thing after one that was interrupted, perhaps in the middle of this. Answers what it left alone because
 * somebody else has changed it since.
 */
export function rollBack(adapter: WindowsAdapter, journal: Journal): string[] {
  const step = openStep(journal);
  if (!step) return [];
  const { before } = step;
  if (before) {
    stopServices(adapter, ["TermService", "UmRdpService"]);
    // Its start may renew what is about to come back, so it comes first, and what it renewed goes again.
    if (before.SessionEnv === "Running" && stateOf(adapter, "SessionEnv") !== "Running") {
      const restart = { kind: "restart-rdp-services", target: "SessionEnv", reverses: null } as const;
      startSessionEnv(adapter, journal, journalChange(journal, restart));
    }
  }
  const operations = (openStep(journal)?.operations ?? []).filter((one) => !isRestoration(step, one.change)).reverse();
  const rollBackAll = (some: Step["operations"]) => some.flatMap((one) => rollBackOperation(adapter, journal, one));
  const conflicts = rollBackAll(operations.filter(({ operation }) => !forbidsStart(operation)));
  if (before) bringServicesTo(adapter, before);
  conflicts.push(...rollBackAll(operations.filter(({ operation }) => forbidsStart(operation))));
  journal.append({ line: "end", status: "rolled-back", services: before && statesOf(adapter) });
  return conflicts;
}

/** Whether a change brings back what was weakened. That stays so, whatever becomes of the undo it is a part of. */
function isRestoration({ changes }: Step, change: number): boolean {
  const { kind, reverses } = changes.find((one) => one.change === change) ?? {};
  return kind === "weaken-registry-value" && reverses != null;
}

/** Journaled like the rest: after a kill in the middle, this is rolled back first, and then done again. */
function rollBackOperation(
  adapter: WindowsAdapter,
  journal: Journal,
  { change, operation }: Step["operations"][number],
): string[] {
  const { operations, conflict } = inverseOf(adapter, operation, freeNames(adapter, journal));
  if (conflict) return [`${conflict} It was left alone.`];
  for (const one of operations) performJournaled(adapter, journal, change, one);
  return [];
}
