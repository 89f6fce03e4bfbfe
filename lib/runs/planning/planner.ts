import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../../core/finding.ts";
import { hashChanges, type Plan } from "../../core/plan.ts";
import { fail, ok, type Result } from "../../core/problem.ts";
import { isRefusal, type Remediation, type RemediationOptions, refuse } from "../../core/remediation.ts";
import { highestRisk, riskRank } from "../../core/risk.ts";
import type { RunOptions } from "../../core/run.ts";
import { remediations } from "../../remediations/registry.ts";
import { mergeChanges, type PlannedRemediation } from "./merge-changes.ts";
import { cheapestCover } from "./set-cover.ts";
import { exclusionOf } from "./unchangeable-vms.ts";

type Refusals = Plan["refusals"];

type PlanOptions = Pick<RunOptions, "remediations" | "force" | "weakenMinutes">;

/**
 * From findings to the Changes that would restore them. Pure and deterministic: the same input gives the same hash.
 *
 * Without names: the least invasive set of remediations that restores every fault that any remediation restores. Lowest
 * risk first, then fewest Changes, then fewest remediations, then the order in which the checks name them. With names:
 * exactly those that the evidence requires, or all of them when forced. A remediation that is planned by name only is
 * never chosen otherwise.
 *
 * `exclusion` says why nothing may be changed in this VM; with `null`, Changes are planned.
 *
 * Fails with `unknown-remediation` for a name that does not exist. Everything else gives a plan, perhaps without
 * Changes.
 */
export function planRepair(
  evidence: Evidence,
  findings: readonly Finding[],
  options: PlanOptions,
  registry: readonly Remediation[] = remediations,
  exclusion: string | null = exclusionOf(evidence, options),
): Result<Plan> {
  const faults = findings.filter((finding) => finding.verdict === "faulty");
  if (!options.remediations) return ok(planLeastInvasive(evidence, faults, registry, exclusion));

  const names = options.remediations;
  const known = registry.map((remediation) => remediation.id);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const given = unknown.map((name) => `"${name}"`).join(", ");
    return fail("unknown-remediation", `There is no remediation ${given}. Name some of these: ${known.join(", ")}.`);
  }
  const named = registry.filter((remediation) => names.includes(remediation.id));
  return ok(planNamed(evidence, faults, named, options, exclusion));
}

function planLeastInvasive(
  evidence: Evidence,
  faults: readonly Finding[],
  registry: readonly Remediation[],
  exclusion: string | null,
): Plan {
  const called = registry
    .filter(({ onlyByName }) => !onlyByName)
    .filter(({ id }) => faults.some((fault) => fault.restoredBy.includes(id)));
  const { planned, refusals } = planEach(evidence, called, { force: false }, exclusion);
  const chosen = cheapestCover(faults, planned, restores, (choice) => [
    riskRank(highestRisk(choice.map(({ remediation }) => remediation.risk))),
    mergeChanges(choice).length,
    choice.length,
    faults.reduce((sum, fault) => sum + preference(fault, choice), 0),
  ]);
  // A refusal is reported when its remediation would have been preferred to the chosen one.
  const telling = refusals.filter(({ remediation }) =>
    faults.some(({ restoredBy }) => {
      const before = restoredBy.slice(0, restoredBy.indexOf(remediation));
      return restoredBy.includes(remediation) && !chosen.some((one) => before.includes(one.remediation.id));
    }),
  );
  return assemble(faults, chosen, telling);
}

function planNamed(
  evidence: Evidence,
  faults: readonly Finding[],
  named: readonly Remediation[],
  { force, weakenMinutes }: PlanOptions,
  exclusion: string | null,
): Plan {
  // A remediation that is planned by name only repairs no fault: naming it is the reason.
  const isCalled = ({ id, restores, onlyByName }: Remediation) =>
    force || onlyByName || faults.some(({ check, restoredBy }) => restoredBy.includes(id) || restores.includes(check));
  const options = { force, ...(weakenMinutes !== undefined && { weakenMinutes }) };
  const { planned, refusals } = planEach(evidence, named.filter(isCalled), options, exclusion);
  const uncalled = named
    .filter((remediation) => !isCalled(remediation))
    .map(({ id, restores }) => ({
      remediation: id,
      because: `The evidence does not call for it: no fault was found by ${restores.join(", ")}. Force it to do it nevertheless.`,
    }));
  return assemble(faults, planned, [...uncalled, ...refusals], isFor);
}

/** A named remediation must restore its checks, whether or not a check named it as a repair. */
function isFor(one: PlannedRemediation, fault: Finding): boolean {
  return restores(one, fault) || one.remediation.restores.includes(fault.check);
}

function planEach(
  evidence: Evidence,
  asked: readonly Remediation[],
  options: RemediationOptions,
  exclusion: string | null,
) {
  const planned: PlannedRemediation[] = [];
  const refusals: Refusals = [];
  for (const remediation of asked) {
    const changes = exclusion === null ? remediation.plan(evidence, options) : refuse(exclusion);
    if (isRefusal(changes)) {
      refusals.push({ remediation: remediation.id, because: changes.refused });
    } else if (changes.length === 0) {
      refusals.push({ remediation: remediation.id, because: "It finds nothing to change in this VM." });
    } else {
      planned.push({ remediation, changes });
    }
  }
  return { planned, refusals };
}

function restores({ remediation }: PlannedRemediation, fault: Finding): boolean {
  return fault.restoredBy.includes(remediation.id);
}

/** The position of the fault's most preferred chosen remediation; 0 is the best. */
function preference({ restoredBy }: Finding, choice: readonly PlannedRemediation[]): number {
  const chosen = choice.map(({ remediation }) => remediation.id);
  const place = restoredBy.findIndex((id) => chosen.includes(id));
  return place < 0 ? restoredBy.length : place;
}

function assemble(
  faults: readonly Finding[],
  chosen: readonly PlannedRemediation[],
  refusals: Refusals,
  proves: typeof restores = restores,
): Plan {
  const changes = mergeChanges(chosen);
  const restored = faults.filter((fault) => chosen.some((one) => proves(one, fault)));
  return {
    hash: hashChanges(changes),
    remediations: chosen.map((one) => ({
      id: one.remediation.id,
      risk: one.remediation.risk,
      because: [reasonFor(faults.filter((fault) => restores(one, fault))), one.remediation.warning ?? []]
        .flat()
        .join(" "),
    })),
    changes,
    risk: highestRisk(chosen.map(({ remediation }) => remediation.risk)),
    mayNeedRestart: chosen.some(({ remediation }) => remediation.mayNeedRestart),
    restores: restored.map((fault) => fault.check),
    worsens: [...new Set(chosen.flatMap(({ remediation }) => remediation.worsens ?? []))],
    leaves: faults.filter((fault) => !restored.includes(fault)).map((fault) => leave(fault, refusals)),
    refusals,
  };
}

function reasonFor(restored: readonly Finding[]): string {
  if (restored.length === 0) return "Asked for by name; no check names it as the cure of a fault.";
  return restored.map((fault) => fault.because).join(" ");
}

/** Why the fault stays, and the reasons that its remediations gave for not restoring it. */
function leave({ check, because, restoredBy }: Finding, refusals: Refusals): Plan["leaves"][number] {
  const advice = refusals
    .filter(({ remediation }) => restoredBy.includes(remediation))
    .map((refusal) => refusal.because);
  return { check, because: [...new Set([because, ...advice])].join(" ") };
}
