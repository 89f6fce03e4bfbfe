import { type AzureEvidence, traitsOfEvidence } from "../core/azure-evidence.ts";
import { type Check, type CheckResult, unknown } from "../core/check.ts";
import type { Evidence } from "../core/evidence.ts";
import { type GuestEvidence, isUnreadable, type SectionName, type Unreadable } from "../core/guest-evidence.ts";

export type Section<Name extends SectionName> = Exclude<GuestEvidence[Name], Unreadable>;

export interface Context {
  readonly evidence: Evidence;
  /** For optional sections; the required sections are passed separately. */
  readonly guest: GuestEvidence;
}

/** Builds a `run` that gets its required sections, and gives `unknown` when one of them could not be read. */
export function judgeFrom<Name extends SectionName>(
  names: readonly Name[],
  decide: (sections: { [N in Name]: Section<N> }, context: Context) => CheckResult,
): Check["run"] {
  return (evidence) => {
    const { azure, guest } = evidence;
    if (!guest) return unknown(`The guest could not be examined: ${whyNoGuest(azure)}.`);
    for (const name of names) {
      const section: unknown = guest[name];
      if (isUnreadable(section)) return unknown(`The section ${name} could not be read: ${brief(section.unreadable)}`);
    }
    return decide(guest as GuestEvidence & { [N in Name]: Section<N> }, { evidence, guest });
  };
}

/** An optional section; `null` when it could not be read. */
export function readable<T>(section: T | Unreadable): T | null {
  return isUnreadable(section) ? null : section;
}

/** Text from the VM, shortened to fit into a sentence. */
export function brief(text: string, longest = 120): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** The most characters that a finding's sentences have: what a terminal shows in a few lines. */
export const longestBecause = 320;

/** Sentences as one text, the most important first: a later one is left out when it has no room. The first stays whole. */
export function fitting(...sentences: readonly string[]): string {
  return sentences.filter(Boolean).reduce((text, sentence) => {
    const longer = text === "" ? sentence : `${text} ${sentence}`;
    return text === "" || longer.length <= longestBecause ? longer : text;
  }, "");
}

/**
 * The result that represents several: first a fault that no remediation restores, then any fault, then `unknown`, then
 * `noted`.
 */
export function worstResult(results: readonly CheckResult[]): CheckResult | null {
  const faults = results.filter(({ verdict }) => verdict === "faulty");
  return (
    faults.find(({ restoredBy }) => !restoredBy?.length) ??
    faults[0] ??
    results.find(({ verdict }) => verdict === "unknown") ??
    results.find(({ verdict }) => verdict === "noted") ??
    null
  );
}

function whyNoGuest(azure: AzureEvidence): string {
  const { vm } = azure;
  const { readyStatus, agent } = traitsOfEvidence(azure);
  if (vm.powerState !== "running" && vm.powerState !== "unknown") return `the VM is ${vm.powerState}`;
  if (vm.agent && vm.agent.status !== readyStatus) return `the ${agent} reports "${vm.agent.status}"`;
  return "no answer came from inside the VM";
}
