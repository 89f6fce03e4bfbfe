import { type Check, type CheckResult, faulty, healthy, unknown } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";
import { effective } from "./_registry.ts";
import { brief, type Context, judgeFrom, readable } from "./_section.ts";
import { cipherPolicySuitsRdp } from "./cipher-policy-suits-rdp.ts";
import { machineKeysPermissionsAreDefault } from "./machine-keys-permissions-are-default.ts";
import { rdpCertificateIsValid } from "./rdp-certificate-is-valid.ts";
import { rdpIsEnabled } from "./rdp-is-enabled.ts";
import { rdpKeyIsUsable } from "./rdp-key-is-usable.ts";
import { rdpListenerIsListening } from "./rdp-listener-is-listening.ts";
import { rdpServicesAreRunning } from "./rdp-services-are-running.ts";
import { securityLayerIsConsistent } from "./security-layer-is-consistent.ts";
import { tls12IsEnabledForServer } from "./tls12-is-enabled-for-server.ts";

/** What makes a handshake fail, and is judged by itself. */
const causes: readonly Check[] = [
  rdpIsEnabled,
  rdpServicesAreRunning,
  rdpListenerIsListening,
  securityLayerIsConsistent,
  tls12IsEnabledForServer,
  cipherPolicySuitsRdp,
  machineKeysPermissionsAreDefault,
  rdpKeyIsUsable,
  rdpCertificateIsValid,
];

/** The proof: a client on the VM itself asked for Remote Desktop and for TLS, as mstsc does. */
export const rdpHandshakeSucceeds: Check = {
  id: "rdp-handshake-succeeds",
  title: "An RDP and TLS handshake with the VM succeeds",
  run: judgeFrom(["handshake"], ({ handshake }, context) => {
    switch (handshake.result) {
      case "failed":
        return blame(`The handshake failed in the stage ${handshake.stage}: ${brief(handshake.error)}`, context, {
          stage: handshake.stage,
          error: handshake.error,
        });
      case "rdp-security":
        return judgeRdpSecurity(context);
      case "completed": {
        const { protocol, suite, thumbprint, notAfter } = handshake;
        const facts = { protocol, suite, thumbprint, notAfter };
        if (Date.parse(notAfter) <= Date.parse(context.evidence.at)) {
          return blame(
            `The handshake presented certificate ${thumbprint}, which expired on ${notAfter}.`,
            context,
            facts,
          );
        }
        return healthy(`The handshake completed: ${protocol}, ${suite}, certificate ${thumbprint}.`, facts);
      }
    }
  }),
};

function judgeRdpSecurity(context: Context): CheckResult {
  const registry = readable(context.guest.registry);
  if (!registry) return unknown("The listener chose RDP's own security, and whether it is set to could not be read.");
  const { value, source } = effective(registry, "SecurityLayer");
  const because = value === 0 ? `because ${source}` : `although ${source}`;
  return blame(`The listener offered RDP's own security and no TLS, ${because}.`, context, {});
}

/**
 * The fault is restored by what restores its causes: by nothing here when one of them is somebody else's, and by a
 * restart of the services when there is none to be seen.
 */
function blame(because: string, { evidence }: Context, facts: Finding["evidence"]): CheckResult {
  const found = causes
    .map((check) => ({ id: check.id, ...check.run(evidence) }))
    .filter(({ verdict }) => verdict === "faulty");
  if (found.length === 0) return faulty(because, ["restart-rdp-services"], facts);
  const remedies = found.map(({ restoredBy = [] }) => restoredBy);
  const restoredBy = remedies.some((ids) => ids.length === 0) ? [] : [...new Set(remedies.flat())];
  return faulty(because, restoredBy, { ...facts, causes: found.map(({ id }) => id).join(", ") });
}
