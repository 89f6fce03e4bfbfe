import { isRefusal, type Remediation, refuse } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * The value names the certificate that somebody chose for the listener. Without it the certificate that Windows made
 * serves. A certificate that is there is its owner's choice and stays. [EV][VHD]
 */
export const removeCertificateBinding: Remediation = {
  id: "remove-certificate-binding",
  title: "Let Windows' own certificate serve in place of a chosen one that is gone",
  restores: ["rdp-certificate-is-valid", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [
    { kind: "remove-registry-value", values: ["rdp-tcp/SSLCertificateSHA1Hash"] },
    { kind: "restart-rdp-services" },
  ],
  sources: ["EV", "VHD"],
  plan: planFrom(["registry", "certificate", "services"], ({ registry, certificate, services }) => {
    const was = registry["rdp-tcp/SSLCertificateSHA1Hash"];
    if (!was) return [];
    if (certificate.inUse) {
      return refuse(
        `The certificate that is bound to the listener, ${certificate.inUse.thumbprint}, is in its store. Only its owner may replace it.`,
      );
    }
    const planned = withRestart(
      [{ kind: "remove-registry-value", value: "rdp-tcp/SSLCertificateSHA1Hash", was }],
      services,
    );
    return isRefusal(planned) ? planned : [...planned];
  }),
};
