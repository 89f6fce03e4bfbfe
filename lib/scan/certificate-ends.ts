import { hasNoRoom, leastRoomMb } from "../core/disk-room.ts";
import type { CertificateSection, GuestEvidence } from "../core/guest-evidence.ts";
import { sessionEnvMayMakeKeys, sessionEnvMayRenew } from "../core/key-permissions.ts";
import { certificateOwner, namesComputer } from "../core/rdp-certificate.ts";
import { cryptoServices } from "../core/supporting-services.ts";
import { isDue, type Lockout, type LockoutRule, readable } from "./lockout.ts";

/**
 * Windows makes its own certificate again when it nears its end, as SessionEnv starts or a client connects. [PFE] So that
 * one locks nobody out unless something prevents the renewal. A certificate that somebody chose stays bound until
 * somebody binds another one. [CRT]
 */
export const certificateEnds: LockoutRule = (evidence, until) => {
  const { guest } = evidence;
  const certificate = guest && readable(guest.certificate);
  if (!guest || !certificate?.inUse) return [];
  const { inUse } = certificate;
  if (!isDue(inUse.notAfter, evidence, until)) return [];
  const when = { on: "date", at: inUse.notAfter } as const;
  const owner = certificateOwner(certificate);
  if (owner) return [chosenEnds(owner, inUse, guest, when)];
  return renewalObstacles(certificate, guest)
    .slice(0, 1)
    .map(({ because, cure }) => ({
      kind: "certificate-ends",
      when,
      because: `The certificate ${inUse.thumbprint} of Remote Desktop ends on ${inUse.notAfter}, and Windows cannot make another: ${because}.`,
      cure,
    }));
};

function chosenEnds(
  owner: "policy" | "custom",
  { thumbprint, notAfter }: NonNullable<CertificateSection["inUse"]>,
  guest: GuestEvidence,
  when: Lockout["when"],
): Lockout {
  const kind = "chosen-certificate-ends";
  if (owner === "policy") {
    return {
      kind,
      when,
      because: `Group policy's certificate ${thumbprint} ends on ${notAfter}.`,
      cure: "Enrolment should have replaced it weeks before. On the VM: `gpupdate /force`, then `certutil -pulse`; if it stays, look at the template and the authority.",
    };
  }
  const name = readable(guest.system)?.computerName;
  const successor = (readable(guest.keys)?.dependents ?? []).find(
    (one) => one.usable && one.thumbprint !== thumbprint && name && namesComputer(one, name),
  );
  return {
    kind,
    when,
    because: `The certificate ${thumbprint} that was chosen for Remote Desktop ends on ${notAfter}, and Windows goes on to present it.`,
    cure: successor
      ? `Bind ${successor.thumbprint}, which names this computer, once its dates are right: set SSLCertificateSHA1Hash, and let NETWORK SERVICE read its key.`
      : "No other certificate of the machine names this computer: have one issued, bind it (SSLCertificateSHA1Hash), and let NETWORK SERVICE read its key.",
  };
}

interface Obstacle {
  /** The end of a sentence. */
  readonly because: string;
  readonly cure: string;
}

/** What prevents Windows from making the next certificate, the surest first. */
function renewalObstacles(certificate: CertificateSection, guest: GuestEvidence): Obstacle[] {
  const [denied] = certificate.writeDenied ?? [];
  const keys = readable(guest.keys);
  const disabled = readable(guest.supportingServices)?.disabled ?? [];
  const crypto = disabled.find(({ name, state }) => state !== "Running" && isOneOf(cryptoServices, name));
  const failed = (readable(guest.events) ?? []).find(
    ({ provider, id }) => provider === "RemoteConnectionManager" && (id === 1057 || id === 1058),
  );
  const noKey = keys && !keys.rdpKey && keys.folder && !sessionEnvMayMakeKeys(keys.folder);
  return [
    denied && {
      because: `SYSTEM is denied to write HKLM\\${denied.key}`,
      cure: "Remove that deny entry (rdp-certificate-is-valid of a diagnosis has the command), then restart SessionEnv.",
    },
    readable(guest.services)?.SessionEnv?.startMode === "Disabled" && {
      because: "the service SessionEnv, which makes it, is disabled",
      cure: "On the VM: `sc.exe config SessionEnv start= demand`",
    },
    crypto && {
      because: `the service ${crypto.name} is disabled`,
      cure: `By name: repair --remediations enable-crypto-services.`,
    },
    keys?.rdpKey &&
      !sessionEnvMayRenew(keys.rdpKey) && {
        because: `SessionEnv may not write the key ${keys.rdpKey.name}`,
        cure: "By name: repair --remediations repair-key-permissions.",
      },
    noKey && {
      because: "SessionEnv may make no file in MachineKeys",
      cure: "By name: repair --remediations repair-key-permissions.",
    },
    hasNoRoom(guest) && {
      because: `the system drive has less than ${leastRoomMb} MB free`,
      cure: "Free space on the system drive (temporary files, old logs), or enlarge the disk.",
    },
    failed && {
      because: `event ${failed.id} says that a renewal failed on ${failed.last}`,
      cure: "Diagnose the VM: the finding beside that event says what to do.",
    },
  ].filter((obstacle) => typeof obstacle === "object" && obstacle !== null);
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
