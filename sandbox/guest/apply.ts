import { type Change, changeTarget, type Receipt } from "../../lib/core/change.ts";
import type { GuestReply, GuestRequest } from "../../lib/guest/protocol.ts";
import type { WindowsSeam } from "../windows/seam.ts";
import { messageOf, rdpPort } from "./collect.ts";
import { lookAtIdentity } from "./identity.ts";
import { announce, changesInEffect, freeNames, type Journal, type JournaledChange } from "./journal.ts";
import { forbids, type PlannedChange, planChange } from "./plan-change.ts";
import { startService, statesOf, stopServices } from "./services.ts";
import { journaled, startSessionEnv, takeBack } from "./take-back.ts";

/** What a working script says for itself; the rest of the reply is added by whoever called it. */
export type Work = Pick<GuestReply, "status" | "reason" | "receipts" | "conflicts">;

export function refused(reason: string): Work {
  return { status: "refused", reason, receipts: [], conflicts: [] };
}

/** Makes the changes of the request, all or none. */
export function apply(seam: WindowsSeam, journal: Journal, request: GuestRequest): Work {
  const objection = findObjection(seam, journal, request.changes);
  if (objection) return refused(objection);

  const restart = request.changes.find((change) => change.kind === "restart-rdp-services");
  const others = request.changes.filter((change) => change !== restart);
  const before = statesOf(seam);
  const listened = listens(seam);
  try {
    journal.append({ line: "begin", step: request.step, services: restart ? before : null });
    if (restart) stopServices(seam, ["SessionEnv", "TermService", "UmRdpService"]);
    const receipts = others.map((change) => make(seam, journal, change));
    if (restart) {
      startSessionEnv(seam, journal, announce(journal, labelOf(restart)));
      startService(seam, "TermService");
      if (before.UmRdpService === "Running") startService(seam, "UmRdpService");
      if (listened && !listens(seam, 60)) throw new Error("Remote Desktop listened before, and does not any more.");
      receipts.push(receiptOf(restart, true));
    }
    journal.append({ line: "end", status: "done", services: restart ? statesOf(seam) : null });
    return { status: "done", reason: null, receipts, conflicts: [] };
  } catch (error) {
    return giveUp(seam, journal, error);
  }
}

/** Takes back what the open step did, and says how that went. */
export function giveUp(seam: WindowsSeam, journal: Journal, error: unknown): Work {
  try {
    const conflicts = takeBack(seam, journal);
    return { status: "rolled-back", reason: `${messageOf(error)} Everything was taken back.`, receipts: [], conflicts };
  } catch (worse) {
    const reason = `${messageOf(error)} Taking back what was done failed too: ${messageOf(worse)}`;
    return { status: "failed", reason, receipts: [], conflicts: [] };
  }
}

/** Why none of the changes may be made; `null` when all may. The allow-list comes before any look at Windows. */
function findObjection(seam: WindowsSeam, journal: Journal, changes: readonly Change[]): string | null {
  const targets = changes.map(changeTarget);
  for (const [at, target] of targets.entries()) {
    if (targets.indexOf(target) !== at) return `Two changes are about ${target}.`;
  }
  const forbidden = changes.map(forbids).find((sentence) => sentence !== null);
  if (forbidden) return forbidden;
  for (const change of changes) {
    const plan = planInRun(seam, journal, change);
    if ("refused" in plan) return plan.refused;
  }
  return null;
}

/** A name that was put aside shows nothing of that once its successor stands there: the journal knows it. */
function planInRun(seam: WindowsSeam, journal: Journal, change: Change): PlannedChange {
  const { kind, target } = labelOf(change);
  const isRename = kind === "rename-rdp-key" || kind === "rename-machine-keys-folder";
  const isDone = (one: JournaledChange) => one.kind === kind && one.target === target;
  if (isRename && changesInEffect(seam, journal.runId).some(isDone)) return { deeds: [] };
  return planChange(seam, change, freeNames(seam, journal));
}

function make(seam: WindowsSeam, journal: Journal, change: Change): Receipt {
  const plan = planInRun(seam, journal, change);
  if ("refused" in plan) throw new Error(plan.refused);
  if (plan.deeds.length === 0) return receiptOf(change, false);
  const number = announce(journal, labelOf(change));
  for (const deed of plan.deeds) journaled(seam, journal, number, deed);
  // SessionEnv will renew what goes with it, whoever starts it.
  if (renews(change)) {
    const identity = lookAtIdentity(seam, freeNames(seam, journal)());
    journaled(seam, journal, number, { does: "keep-identity", identity });
  }
  return receiptOf(change, true);
}

function renews({ kind }: Change): boolean {
  return kind === "rename-rdp-key" || kind === "rename-machine-keys-folder" || kind === "remove-rdp-certificate";
}

function labelOf(change: Change) {
  return { kind: change.kind, target: changeTarget(change), reverses: null };
}

function receiptOf(change: Change, changed: boolean): Receipt {
  return { kind: change.kind, target: changeTarget(change), changed, note: null };
}

function listens(seam: WindowsSeam, TimeoutSeconds = 0): boolean {
  return seam["Wait-RdpListener"]({ Port: rdpPort(seam), TimeoutSeconds });
}
