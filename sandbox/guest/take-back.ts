import { mayStart } from "../../lib/core/rdp-services.ts";
import type { WindowsSeam } from "../windows/seam.ts";
import { type Deed, perform } from "./deeds.ts";
import { lookAtIdentity } from "./identity.ts";
import { announce, freeNames, type Journal, openStep, type Step } from "./journal.ts";
import { bringServicesTo, startService, stateOf, statesOf, stopServices } from "./services.ts";
import { wayBack } from "./way-back.ts";

/** Does a deed of a change, which is in the journal first. */
export function journaled(seam: WindowsSeam, journal: Journal, change: number, deed: Deed): void {
  journal.append({ line: "deed", change, deed });
  perform(seam, deed);
}

/** Starts SessionEnv, after noting what it may replace. */
export function startSessionEnv(seam: WindowsSeam, journal: Journal, change: number): void {
  const identity = lookAtIdentity(seam, freeNames(seam, journal)());
  journaled(seam, journal, change, { does: "keep-identity", identity });
  startService(seam, "SessionEnv");
}

/**
 * Whether its way back forbids a service to start. That comes last, after the services are in their former states:
 * one that ran in spite of its settings could not be started again under them.
 */
export function forbidsStart(deed: Deed): boolean {
  return deed.does === "service" && !mayStart(deed.service, deed.from);
}

/**
 * Takes back everything that the open step of a journal has done, newest first: the end of a step that failed, and
 * the first thing after one that was cut short, perhaps in the middle of this. Answers what it left alone because
 * somebody else has changed it since.
 */
export function takeBack(seam: WindowsSeam, journal: Journal): string[] {
  const step = openStep(journal);
  if (!step) return [];
  const { before } = step;
  if (before) {
    stopServices(seam, ["TermService", "UmRdpService"]);
    // Its start may renew what is about to come back, so it comes first, and what it renewed goes again.
    if (before.SessionEnv === "Running" && stateOf(seam, "SessionEnv") !== "Running") {
      const restart = { kind: "restart-rdp-services", target: "SessionEnv", reverses: null } as const;
      startSessionEnv(seam, journal, announce(journal, restart));
    }
  }
  const deeds = (openStep(journal)?.deeds ?? []).filter((one) => !isRestoration(step, one.change)).reverse();
  const takeBackAll = (some: Step["deeds"]) => some.flatMap((one) => takeBackDeed(seam, journal, one));
  const conflicts = takeBackAll(deeds.filter(({ deed }) => !forbidsStart(deed)));
  if (before) bringServicesTo(seam, before);
  conflicts.push(...takeBackAll(deeds.filter(({ deed }) => forbidsStart(deed))));
  journal.append({ line: "end", status: "rolled-back", services: before && statesOf(seam) });
  return conflicts;
}

/** Whether a change brings back what was relaxed. That stays so, whatever becomes of the undo it is a part of. */
function isRestoration({ changes }: Step, change: number): boolean {
  const { kind, reverses } = changes.find((one) => one.change === change) ?? {};
  return kind === "weaken-registry-value" && reverses != null;
}

/** Journaled like the rest: after a kill in the middle, this is taken back first, and then done again. */
function takeBackDeed(seam: WindowsSeam, journal: Journal, { change, deed }: Step["deeds"][number]): string[] {
  const { deeds, conflict } = wayBack(seam, deed, freeNames(seam, journal));
  if (conflict) return [`${conflict} It was left alone.`];
  for (const one of deeds) journaled(seam, journal, change, one);
  return [];
}
