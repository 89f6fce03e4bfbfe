import { type Check, faulty, healthy, notApplicable, unknown } from "../core/check.ts";

export const guestAgentIsReady: Check = {
  id: "guest-agent-is-ready",
  title: "The VM agent is ready",
  run({ azure: { vm } }) {
    const { agent, powerState } = vm;
    if (powerState !== "running" && powerState !== "unknown") {
      return notApplicable(`The VM is ${powerState}; its agent reports only while it runs.`);
    }
    if (!agent) return unknown("Azure gave no status for the VM agent. That also happens when the agent works.");
    const facts = { status: agent.status, version: agent.version };
    if (agent.status === "Ready") return healthy(`The VM agent ${agent.version} reports Ready.`, facts);
    return faulty(
      `The VM agent reports "${agent.status}", and Run Command needs it. Look at the screen first (boot diagnostics): Windows may install updates, or restart again and again. Then suspect the agent, or a static address, a disabled adapter or DHCP in Windows: use the serial console, or reset the NIC.`,
      [],
      facts,
    );
  },
};
