import type { ArmCall, HostCase } from "./case.ts";
import { faultKinds } from "./kinds.ts";

/*
 * What is tried in a real Functions host, which lives in real time: a fault that never ends lasts until the deadline of a
 * script there, half an hour.
 */

/** An answer that is lost after Azure has acted, and an Azure that fails: what is asked for again, by the next activity. */
export const hostKinds = ["reset after", "503"] as const;

/**
 * What changes a VM, or the way to it: each of these meets every kind of fault. Those of Arc-enabled servers and scale sets do
 * not, because the host knows no difference.
 */
function changesVm({ action }: ArmCall): boolean {
  return (
    action === "Microsoft.Compute/virtualMachines/runCommands/write" ||
    action === "Microsoft.Compute/virtualMachines/restart/action" ||
    action.endsWith("/jitNetworkAccessPolicies/initiate/action")
  );
}

/** The cases that a real host tries, in an order in which those that take long come first. */
export function hostCases(calls: readonly ArmCall[]): HostCase[] {
  const isWanted = new Set<string>(hostKinds);
  return [...faultKinds]
    .sort((one, other) => patienceOf(other.answer) - patienceOf(one.answer))
    .flatMap((kind) =>
      calls
        .filter((call) => changesVm(call) || isWanted.has(kind.name))
        .map((call): HostCase => ({ call, kind, often: "once" })),
    );
}

function patienceOf(answer: HostCase["kind"]["answer"]): number {
  if (answer.kind === "silent") return 30;
  return answer.kind === "throttled" ? (answer.retryAfterSeconds ?? 0) : 0;
}
