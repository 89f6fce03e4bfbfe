import type { AzureEvidence } from "../../core/azure-evidence.ts";
import { fail, type Problem } from "../../core/problem.ts";
import { AlertMode, type Run } from "../../core/run.ts";
import { modeTag, tagOf } from "../../core/vm-tags.ts";

/*
 * Whether this VM may be touched now, by what Azure says about it.
 */

/** Why nobody can look into this VM now, or `null` when it may be touched. */
export function touchable({ vm }: AzureEvidence, name: string): Problem | null {
  if (vm.osType !== "Windows") {
    return fail("not-windows", `${name} runs ${vm.osType}. Only Windows VMs are diagnosed; name another one.`).problem;
  }
  if (vm.powerState !== "running" && vm.powerState !== "unknown") {
    return fail("vm-not-running", `${name} is ${vm.powerState}. Start it and try again: nothing can be seen inside.`)
      .problem;
  }
  if (vm.provisioningState === "Updating") {
    return fail("vm-busy", `${name} is being updated by another operation.`, { retryable: true }).problem;
  }
  if (vm.agent && vm.agent.status !== "Ready") {
    return fail(
      "agent-not-ready",
      `The VM agent of ${name} reports "${vm.agent.status}", and Run Command needs it. Restart the VM or repair the agent, then try again.`,
    ).problem;
  }
  return null;
}

/**
 * What an alert may set off on this VM: the owner's tag decides, the setting where there is none. A tag that is not
 * understood means no. A person who asks is not bound by it.
 */
export function alertMode(run: Run, { vm }: AzureEvidence): AlertMode | null {
  const { alert } = run.trigger;
  if (!alert) return null;
  const tag = tagOf(vm, modeTag);
  if (tag === undefined) return alert.untagged;
  return AlertMode.safeParse(tag).data ?? "off";
}
