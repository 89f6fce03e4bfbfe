import { traitsOfEvidence } from "../core/azure-evidence.ts";
import type { LockoutRule } from "./lockout.ts";

/** The oldest agent for which Microsoft gives support. [AGV] */
const oldestSupported = [2, 7, 41_491, 1010];

/** Without an agent no Run Command reaches the VM: what breaks then can only be repaired with its disk. */
export const agentTooOld: LockoutRule = ({ azure }) => {
  // The agent of Azure Arc has other versions, and no oldest one that is supported: those of the last year are.
  if (!traitsOfEvidence(azure).hasPower) return [];
  const version = azure.vm.agent?.version ?? "";
  if (!/^\d+(\.\d+){3}$/.test(version) || !isOlder(version.split(".").map(Number))) return [];
  return [
    {
      kind: "agent-too-old",
      when: { on: "repair" },
      because: `The VM agent ${version} is older than ${oldestSupported.join(".")}, the oldest that is supported: Run Command may stop to work.`,
      cure: "Install the current agent on the VM: https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows",
    },
  ];
};

function isOlder(version: readonly number[]): boolean {
  const at = oldestSupported.findIndex((part, index) => part !== version[index]);
  return at >= 0 && (version[at] ?? 0) < (oldestSupported[at] ?? 0);
}
