import type { Evidence } from "../core/evidence.ts";
import type { Run } from "../core/run.ts";
import { accessEnds } from "./access-ends.ts";
import { agentTooOld } from "./agent-too-old.ts";
import { certificateEnds } from "./certificate-ends.ts";
import { licenceGraceEnds } from "./licence-grace-ends.ts";
import type { Lockout, LockoutRule } from "./lockout.ts";
import { restartStopsRdp } from "./restart-stops-rdp.ts";

const rules: readonly LockoutRule[] = [certificateEnds, restartStopsRdp, licenceGraceEnds, accessEnds, agentTooOld];

/** How far a look goes where nobody says: a month leaves time for a change window. Our choice. */
export const defaultDays = 30;

/** What will lock people out within so many days of the evidence, the soonest first; what has no date comes last. */
export function findLockouts(evidence: Evidence, days: number = defaultDays): Lockout[] {
  const until = new Date(Date.parse(evidence.at) + days * 86_400_000).toISOString();
  const order = ({ when }: Lockout) => (when.on === "date" ? when.at : when.on);
  return rules.flatMap((rule) => rule(evidence, until)).toSorted((a, b) => order(a).localeCompare(order(b)));
}

/** The lock-outs that the newest evidence of a run shows; none for a run that has looked at nothing. */
export function lockoutsOf({ before, after }: Pick<Run, "before" | "after">, days?: number): Lockout[] {
  const evidence = after ?? before;
  return evidence ? findLockouts(evidence, days) : [];
}
