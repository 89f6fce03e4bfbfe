import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";
import { clientLimits } from "../core/handshake.ts";
import { isWindowsMade } from "../core/rdp-certificate.ts";
import { effectiveSetting } from "./_registry.ts";
import { brief, type Context, judgeFrom, readable, type Section } from "./_section.ts";
import { whileStarting } from "./_starting.ts";
import { whatWasSeen } from "./_unexplained.ts";
import { handshakeWorks } from "./_works.ts";
import { cipherPolicySuitsRdp } from "./cipher-policy-suits-rdp.ts";
import { machineKeysPermissionsAreDefault } from "./machine-keys-permissions-are-default.ts";
import { rdpCertificateIsValid } from "./rdp-certificate-is-valid.ts";
import { rdpIsEnabled } from "./rdp-is-enabled.ts";
import { rdpKeyIsUsable } from "./rdp-key-is-usable.ts";
import { rdpListenerIsListening } from "./rdp-listener-is-listening.ts";
import { rdpServicesAreRunning } from "./rdp-services-are-running.ts";
import { rdpServicesCanStart } from "./rdp-services-can-start.ts";
import { securityLayerIsConsistent } from "./security-layer-is-consistent.ts";
import { supportingServicesCanStart } from "./supporting-services-can-start.ts";
import { systemDriveHasRoom } from "./system-drive-has-room.ts";
import { tls12IsEnabledForServer } from "./tls12-is-enabled-for-server.ts";

/** Checks whose faults make a handshake fail. */
const causes: readonly Check[] = [
  rdpIsEnabled,
  rdpServicesCanStart,
  supportingServicesCanStart,
  rdpServicesAreRunning,
  rdpListenerIsListening,
  securityLayerIsConsistent,
  tls12IsEnabledForServer,
  cipherPolicySuitsRdp,
  systemDriveHasRoom,
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
        if (handshakeWorks(context.evidence)) {
          const other = otherCertificate(thumbprint, readable(context.guest.certificate));
          if (other) return noted(`The handshake completed: ${protocol}. ${other}`, facts);
          return healthy(`The handshake completed: ${protocol}, ${suite}, certificate ${thumbprint}.`, facts);
        }
        const over = `The handshake presented certificate ${thumbprint}, which expired on ${notAfter}.`;
        return blame(over, context, facts, ["restart-rdp-services"]);
      }
    }
  }),
};

/**
 * What to know about a presented certificate that is not the one in use; `null` when it is, or when that is not known.
 * Clients connect, so it is no fault.
 */
function otherCertificate(presented: string, certificate: Section<"certificate"> | null): string | null {
  const inUse = certificate?.inUse;
  if (!inUse || inUse.thumbprint === presented) return null;
  const differs = `It presents certificate ${presented} instead of ${inUse.thumbprint}, which is configured`;
  const isFormer = certificate.others.some((one) => one.thumbprint === presented && isWindowsMade(one));
  return isFormer
    ? `${differs}: TermService still presents the former one, until it restarts (restart-rdp-services).`
    : `${differs}: TermService must restart (restart-rdp-services), or another program answers in its place.`;
}

/**
 * RDP's own security is a supported configuration. When TLS is configured, it takes effect at the services' next start.
 * [CON]
 */
function judgeRdpSecurity(context: Context): CheckResult {
  const registry = readable(context.guest.registry);
  if (!registry)
    return unknown("The listener chose RDP's own security, and its configured security layer could not be read.");
  const { value, source } = effectiveSetting(registry, "SecurityLayer");
  const because = value === 0 ? `because ${source}` : `although ${source}`;
  return noted(`The listener offered RDP's own security and no TLS, ${because}. Clients connect without TLS.`);
}

/**
 * A client of the VM itself that cannot connect to any listener proves nothing, whatever else is found. Otherwise the
 * fault is restored by the remediations of its causes; by none when the repair of one cause is somebody else's.
 * Without a known cause the finding lists the observations: a fault without a known cause is no reason to end sessions
 * unasked.
 */
function blame(because: string, context: Context, facts: Finding["evidence"], otherwise: string[] = []): CheckResult {
  const limits = clientLimits(context.guest);
  if (limits.length > 0) {
    return unknown(
      `${because} That proves nothing about the listener: ${limits.join("; ")}. Try a client outside of the VM.`,
    );
  }
  const found = causes
    .map((check) => ({ id: check.id, ...check.run(context.evidence) }))
    .filter(({ verdict }) => verdict === "faulty");
  if (found.length === 0) {
    if (otherwise.length > 0) return faulty(because, otherwise, facts);
    const starting = whileStarting(because, context);
    if (starting) return starting;
    const seen = whatWasSeen(context);
    return faulty(`${because} No check found the cause. ${seen.because}`, [], { ...facts, ...seen.facts });
  }
  const remedies = found.map(({ restoredBy = [] }) => restoredBy);
  const restoredBy = remedies.some((ids) => ids.length === 0) ? [] : [...new Set(remedies.flat())];
  return faulty(because, restoredBy, { ...facts, causes: found.map(({ id }) => id).join(", ") });
}
