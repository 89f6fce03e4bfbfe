import type { FaultName } from "../../sandbox/windows/faults.ts";

/** A fault that is made for real on a Windows Server, and what is expected of it. */
export interface RealFault {
  readonly name: string;
  /** In test/windows/break: makes the fault. */
  readonly script: string;
  /** The same fault of the modelled Windows. */
  readonly modelled: FaultName;
  /** The check that tells it. */
  readonly check: string;
  readonly remediation: string;
}

export const faults: readonly RealFault[] = [
  {
    name: "a deny on the RDP key's file",
    script: "deny-key.ps1",
    modelled: "key-permissions-denied",
    check: "rdp-key-is-usable",
    remediation: "repair-key-permissions",
  },
  {
    name: "an RDP key whose file is damaged",
    script: "corrupt-key.ps1",
    modelled: "key-corrupt",
    check: "rdp-key-is-usable",
    remediation: "renew-rdp-key",
  },
  {
    // Documents disagree on whether a list is in effect before the next start; the check reads the list.
    name: "a policy of ECDSA suites alone",
    script: "ecdsa-only.ps1",
    modelled: "cipher-policy-ecdsa-only",
    check: "cipher-policy-suits-rdp",
    remediation: "reset-cipher-policy",
  },
  {
    name: "a service that is stopped and disabled",
    script: "disable-service.ps1",
    modelled: "termservice-disabled",
    check: "rdp-services-are-running",
    remediation: "restart-rdp-services",
  },
  {
    name: "a certificate that has expired",
    script: "expire-certificate.ps1",
    modelled: "certificate-expired",
    check: "rdp-certificate-is-valid",
    remediation: "renew-rdp-certificate",
  },
];
