import { isRefusal, type Remediation, refuse } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { policyCloses } from "./_policy-closes.ts";
import { restoreSettings } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

const switches = ["policy/fDenyTSConnections", "terminal-server/fDenyTSConnections"] as const;

/**
 * In a VM that is in no domain, the policy that turns Remote Desktop off is the VM's own, or that of a device management
 * service (Intune), which sets it again. Both copies of the switch are set: with one of them the VM stays shut. [CON][MDM]
 */
export const allowRdpInLocalPolicy: Remediation = {
  id: "allow-rdp-in-local-policy",
  title: "Allow Remote Desktop in the VM's own policy and in its settings",
  restores: ["rdp-is-enabled", "rdp-listener-is-listening", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  onlyByName: true,
  warning:
    "Where GroupPolicy\\Machine\\Registry.pol or Intune sets the policy, it returns with the next refresh or sync: change it there, too.",
  mayNeedRestart: false,
  touches: [{ kind: "set-registry-value", values: switches }, { kind: "restart-rdp-services" }],
  sources: ["CON", "GE", "MDM"],
  plan: planFrom(["registry", "services", "system"], ({ registry, services, system }) => {
    if (!policyCloses(registry)) return [];
    if (system.domainJoined) {
      return refuse("This VM is in a domain, whose policy decides. Ask the owner of the policy to change it.");
    }
    const changes = restoreSettings(
      switches.map((value) => ({
        value,
        accepts: (data: number) => data === 0,
        mayBeAbsent: false,
        ignoresOtherTypes: false,
        to: 0,
      })),
      registry,
    );
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
