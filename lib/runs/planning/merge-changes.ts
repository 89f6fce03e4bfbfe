import { type Change, changeOrder, changeTarget } from "../../core/change.ts";
import type { Remediation } from "../../core/remediation.ts";
import { riskRank } from "../../core/risk.ts";

/** A remediation and its Changes for one VM. */
export interface PlannedRemediation {
  readonly remediation: Remediation;
  readonly changes: readonly Change[];
}

/**
 * The Changes of several remediations as one list in the order of work: each target once, one restart around all. When
 * two have the same target, the more invasive remediation's Change is kept. Changes that a replacement makes pointless
 * are left out.
 */
export function mergeChanges(planned: readonly PlannedRemediation[]): Change[] {
  const mostInvasiveFirst = [...planned].sort(
    (one, other) => riskRank(other.remediation.risk) - riskRank(one.remediation.risk),
  );
  const byTarget = new Map<string, Change>();
  for (const change of mostInvasiveFirst.flatMap(({ changes }) => changes)) {
    const target = changeTarget(change);
    if (!byTarget.has(target)) byTarget.set(target, change);
  }
  const all = [...byTarget.values()];
  return all
    .filter((change) => !all.some((other) => makesPointless(other, change)))
    .sort((one, other) => changeOrder.indexOf(one.kind) - changeOrder.indexOf(other.kind));
}

/**
 * A new key gets new permissions from Windows, and a new folder is created with the default permissions and without the
 * RDP key.
 */
function makesPointless(change: Change, other: Change): boolean {
  if (change.kind === "rename-machine-keys-folder") return isGrantInFolder(other) || other.kind === "rename-rdp-key";
  return change.kind === "rename-rdp-key" && other.kind === "grant-key-access" && other.target === "rdp-key";
}

function isGrantInFolder(change: Change): boolean {
  return change.kind === "grant-key-access" && change.target !== "certificate-key";
}
