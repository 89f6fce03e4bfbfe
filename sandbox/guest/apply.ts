import { type Change, changeTarget, type Receipt, renewingKinds } from "../../lib/core/change.ts";
import { mayStart } from "../../lib/core/rdp-services.ts";
import { type RdpService, rdpServices } from "../../lib/core/windows.ts";
import { type GuestRequest, serviceWait } from "../../lib/guest/protocol.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { declaredData, rdpPort } from "./collect.ts";
import { assertInvariants, invariantsOf } from "./invariants.ts";
import { changesInEffect, freeNames, type Journal, journalChange } from "./journal.ts";
import { rdpStore } from "./operations.ts";
import { findProhibition, type PlannedChange, planChange } from "./plan-change.ts";
import { takeRdpCertificateBackup } from "./rdp-certificate-backup.ts";
import { performJournaled, startSessionEnv } from "./rollback.ts";
import { startService, statesOf, stopServices } from "./services.ts";
import { giveUp, refusedWork, type Work } from "./work.ts";

/** Makes the changes of the request, all or none. */
export function apply(adapter: WindowsAdapter, journal: Journal, request: GuestRequest): Work {
  const needed = findNeeded(adapter, journal, request.changes);
  if ("refused" in needed) return refusedWork(needed.refused);

  const restart = needed.find((change) => change.kind === "restart-rdp-services");
  const before = statesOf(adapter);
  const listened = listens(adapter);
  const working = invariantsOf(adapter);
  let making: Change | undefined;
  try {
    journal.append({ line: "begin", step: request.step, services: restart ? before : null });
    if (restart) stopServices(adapter, ["SessionEnv", "TermService", "UmRdpService"]);
    for (making of needed) if (making !== restart) make(adapter, journal, making);
    making = restart;
    if (restart) {
      startSessionEnv(adapter, journal, journalChange(journal, labelOf(restart)));
      startService(adapter, "TermService");
      if (before.UmRdpService === "Running") startService(adapter, "UmRdpService");
      if (listened && !listens(adapter, serviceWait.seconds))
        throw new Error("Remote Desktop listened before, and does not any more.");
      if (needed.some((change) => change.kind === "remove-rdp-certificate")) demandCertificate(adapter);
    }
    making = undefined;
    assertInvariants(adapter, working);
    journal.append({ line: "end", status: "done", services: restart ? statesOf(adapter) : null });
    const receipts = request.changes.map((change) => receiptOf(change, needed.includes(change)));
    return { status: "done", reason: null, receipts, conflicts: [] };
  } catch (error) {
    return giveUp(adapter, journal, error, making && [receiptOf(making, false)]);
  }
}

/**
 * The changes that are not so already, or why none may be made. The allow-list comes before any look at Windows, and
 * every look before anything is touched.
 */
function findNeeded(
  adapter: WindowsAdapter,
  journal: Journal,
  changes: readonly Change[],
): Change[] | Extract<PlannedChange, { refused: string }> {
  const targets = changes.map(changeTarget);
  const twice = targets.find((target, at) => targets.indexOf(target) !== at);
  if (twice) return { refused: `Two changes are about ${twice}.` };
  const forbidden = changes.map(findProhibition).find((sentence) => sentence !== null);
  if (forbidden) return { refused: forbidden };

  const needed: Change[] = [];
  for (const change of changes) {
    // Of a name that was put aside, and of a restart, nothing can be seen afterwards: the journal of this run knows.
    if (isRename(change) && wasDone(adapter, journal, change)) continue;
    if (change.kind === "restart-rdp-services" && needed.length === 0 && wasDone(adapter, journal, change)) continue;
    const plan = planChange(adapter, change, freeNames(adapter, journal));
    if ("refused" in plan) return plan;
    if (plan.operations.length > 0 || change.kind === "restart-rdp-services") needed.push(change);
  }
  const stuck = needed.some(({ kind }) => kind === "restart-rdp-services") && findUnstartable(adapter, changes);
  return stuck ? { refused: `The service ${stuck} runs, and its settings would not let it start again.` } : needed;
}

/** A service that runs although its settings forbid it would not come back from a restart, whatever else comes of that. */
function findUnstartable(adapter: WindowsAdapter, changes: readonly Change[]): RdpService | undefined {
  return rdpServices.find((name) => {
    const facts = adapter["Get-ServiceFacts"]({ Name: name });
    const set = changes.find((change) => change.kind === "configure-service" && change.service === name);
    const settings = set?.kind === "configure-service" ? set.to : facts;
    return facts?.state === "Running" && settings && !mayStart(name, settings);
  });
}

function isRename({ kind }: Change): boolean {
  return kind === "rename-rdp-key" || kind === "rename-machine-keys-folder";
}

function wasDone(adapter: WindowsAdapter, journal: Journal, change: Change): boolean {
  const { kind, target } = labelOf(change);
  return changesInEffect(adapter, journal.runId).some((one) => one.kind === kind && one.target === target);
}

/** Planned once more, because the changes before it may have made it what it is. */
function make(adapter: WindowsAdapter, journal: Journal, change: Change): void {
  const plan = planChange(adapter, change, freeNames(adapter, journal));
  if ("refused" in plan) throw new Error(plan.refused);
  const number = journalChange(journal, labelOf(change));
  for (const operation of plan.operations) performJournaled(adapter, journal, number, operation);
  // SessionEnv will renew what goes with it, whoever starts it.
  if (renewingKinds.some((kind) => kind === change.kind)) {
    const backup = takeRdpCertificateBackup(adapter, freeNames(adapter, journal)());
    performJournaled(adapter, journal, number, { does: "back-up-rdp-certificate", backup });
  }
}

function labelOf(change: Change) {
  return { kind: change.kind, target: changeTarget(change), reverses: null };
}

function receiptOf(change: Change, changed: boolean): Receipt {
  return { kind: change.kind, target: changeTarget(change), changed, note: null };
}

function listens(adapter: WindowsAdapter, TimeoutSeconds = 0): boolean {
  return adapter["Wait-RdpListener"]({ Port: rdpPort(adapter), TimeoutSeconds });
}

/** A certificate was removed so that Windows makes another one; without that the VM is worse off than before. */
function demandCertificate(adapter: WindowsAdapter): void {
  if (declaredData(adapter, "rdp-tcp/SSLCertificateSHA1Hash")) return;
  const now = Date.parse(adapter["Get-UtcNow"]());
  const made = adapter["Get-StoreCertificates"]({ Store: rdpStore }).some(({ notAfter }) => Date.parse(notAfter) > now);
  if (!made) throw new Error("Windows made no new certificate for Remote Desktop.");
}
