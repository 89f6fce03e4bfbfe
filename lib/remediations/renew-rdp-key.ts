import type { Change } from "../core/change.ts";
import type { Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { rdpKeyWorks, refuseRenewal, removeCertificatesOfRdpKey } from "./_rdp-key.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * The second of three tiers of key repair: only the key of Remote Desktop is renamed aside, with its certificate, and
 * Windows makes both again. When both are missing already, starting the services is enough.
 */
export const renewRdpKey: Remediation = {
  id: "renew-rdp-key",
  title: "Let Windows make a new RDP key and certificate",
  restores: ["rdp-key-is-usable", "rdp-certificate-is-valid", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [{ kind: "rename-rdp-key" }, { kind: "remove-rdp-certificate" }, { kind: "restart-rdp-services" }],
  sources: ["EV", "IE", "GT"],
  plan: planFrom(["certificate", "keys", "services"], ({ certificate, keys, services }, { at, guest, force }) => {
    const refusal = refuseRenewal(certificate, { at, guest });
    if (refusal) return refusal;
    if (rdpKeyWorks(certificate, guest) && !force) return [];
    const { rdpKey } = keys;
    const rename: Change[] = rdpKey
      ? [{ kind: "rename-rdp-key", was: { name: rdpKey.name, bytes: rdpKey.bytes } }]
      : [];
    return withRestart([...rename, ...removeCertificatesOfRdpKey(certificate)], services);
  }),
};
