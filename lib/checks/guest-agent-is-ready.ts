import { blocklistAdvice, isArcAgentTooOld } from "../core/arc-agent.ts";
import { traitsOfEvidence } from "../core/azure-evidence.ts";
import { type Check, faulty, healthy, notApplicable, unknown } from "../core/check.ts";

export const guestAgentIsReady: Check = {
  id: "guest-agent-is-ready",
  title: "The VM agent is ready",
  run({ azure }) {
    const { agent, powerState } = azure.vm;
    const { readyStatus, hasPower, hasOfflineRepair, agent: agentName } = traitsOfEvidence(azure);
    if (powerState !== "running" && powerState !== "unknown") {
      return notApplicable(`The VM is ${powerState}; its agent reports only while it runs.`);
    }
    if (!agent) return unknown("Azure gave no status for the VM agent. That also happens when the agent works.");
    const facts = { status: agent.status, version: agent.version };
    if (!hasPower && isArcAgentTooOld(agent.version)) {
      return faulty(
        `The ${agentName} ${agent.version} is older than 1.33, the first with Run Command. Update it.`,
        [],
        facts,
      );
    }
    if (azure.vm.blocksRunCommand) return faulty(blocklistAdvice, [], facts);
    if (agent.status === readyStatus)
      return healthy(`The ${agentName} ${agent.version} reports ${readyStatus}.`, facts);
    if (!hasPower) {
      return faulty(
        `The ${agentName} is "${agent.status}", and Run Command needs it. Look whether the server runs and reaches Azure: on it, "azcmagent show" and "azcmagent check" tell; start its service (himds), or let its proxy and firewall pass Azure Arc.`,
        [],
        facts,
      );
    }
    const otherwise = hasOfflineRepair ? "reset the NIC" : "reimage the instance";
    return faulty(
      `The VM agent reports "${agent.status}", and Run Command needs it. Look at the screen first (boot diagnostics): Windows may install updates, or restart again and again. Then suspect the agent, or in Windows a static address, a disabled adapter, DHCP or a VPN client: use the serial console, or ${otherwise}.`,
      [],
      facts,
    );
  },
};
