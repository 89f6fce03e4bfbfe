import type { Change } from "../core/change.ts";
import { type GuestEvidence, isUnreadable } from "../core/guest-evidence.ts";
import { machineKeysFolderFault, rdpKeyFault } from "../core/key-permissions.ts";
import { type Remediation, refuse } from "../core/remediation.ts";
import { machineKeysDefault, rdpKeyDefault } from "../core/windows.ts";
import { planFrom } from "./_plan-from.ts";
import { withRestart } from "./_with-restart.ts";

/** The first of three tiers of key repair: who may use the key, without touching any key. */
export const repairKeyPermissions: Remediation = {
  id: "repair-key-permissions",
  title: "Restore the permissions of the MachineKeys folder and of the RDP key",
  restores: ["machine-keys-permissions-are-default", "rdp-key-is-usable", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [{ kind: "set-acl" }, { kind: "restart-rdp-services" }],
  sources: ["EV", "MK"],
  plan: planFrom(["keys", "services"], ({ keys: { folder, rdpKey }, services }, { guest }) => {
    if (!folder) return refuse("There is no MachineKeys folder. Windows makes it when it starts: restart the VM.");
    const changes: Change[] = [];
    if (machineKeysFolderFault(folder)) {
      const was = { owner: folder.owner, sddl: folder.sddl };
      changes.push({ kind: "set-acl", target: "machine-keys-folder", to: { ...machineKeysDefault }, was });
    }
    if (rdpKey && rdpKeyFault(rdpKey) && isWanted(rdpKey.name, guest)) {
      const was = { owner: rdpKey.owner, sddl: rdpKey.sddl };
      changes.push({ kind: "set-acl", target: "rdp-key", to: { ...rdpKeyDefault }, was });
    }
    return changes.length === 0 ? [] : withRestart(changes, services);
  }),
};

/** Whether the certificate in use may need this key file: one that works with a key elsewhere does not care. */
function isWanted(file: string, { certificate }: GuestEvidence): boolean {
  if (isUnreadable(certificate) || !certificate.inUse?.key.usable) return true;
  return certificate.inUse.key.file?.toLowerCase() === file.toLowerCase();
}
