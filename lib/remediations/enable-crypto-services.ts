import type { Change } from "../core/change.ts";
import { isCryptoService } from "../core/change.ts";
import { isUnreadable } from "../core/guest-evidence.ts";
import type { Remediation } from "../core/remediation.ts";
import { supportingServices } from "../core/supporting-services.ts";
import { planFrom } from "./_plan-from.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * CryptSvc serves certificates and KeyIso opens private keys. Disabled, both keep the listener from TLS; they get the
 * start mode back that every build of Windows gives them, and are started. [CRT]
 */
export const enableCryptoServices: Remediation = {
  id: "enable-crypto-services",
  title: "Enable the services behind certificates and private keys",
  restores: ["supporting-services-can-start", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [{ kind: "configure-service" }, { kind: "restart-rdp-services" }],
  sources: ["CRT"],
  plan: planFrom(
    ["supportingServices", "services"],
    ({ supportingServices: { disabled }, services }, { guest, force }) => {
      const { handshake } = guest;
      const works = !isUnreadable(handshake) && handshake.result !== "failed";
      const changes = disabled.flatMap(({ name, account, type }): Change[] => {
        if (!isCryptoService(name)) return [];
        const { startMode } = supportingServices[name];
        const was = { account, startMode: "Disabled", type } as const;
        return [{ kind: "configure-service", service: name, to: { account, startMode, type }, was }];
      });
      return changes.length === 0 || (works && !force) ? [] : withRestart(changes, services);
    },
  ),
};
