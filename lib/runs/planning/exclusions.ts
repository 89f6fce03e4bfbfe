import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../../core/finding.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import { isJitDeny } from "../../core/jit.ts";
import { accessTag, isClosedOnPurpose } from "../../core/vm-tags.ts";

/*
 * Whose decision the state of a VM is: what its owner wants is no fault, and some VMs are not ours to change at all.
 */

/** Why nothing is changed inside this VM, whatever is found; `null` when something may be. */
export function exclusionOf({ azure, guest }: Evidence, { force }: { readonly force: boolean }): string | null {
  if (isClosedOnPurpose(azure)) {
    return `Remote Desktop is closed here on purpose (tag ${accessTag}). Remove the tag to have it repaired.`;
  }
  // A domain leans on its keys and services as nothing else does. [RR]
  if (isDomainController({ guest })) return "It is a domain controller, and those are not changed automatically.";
  const { scaleSetId } = azure.vm;
  if (scaleSetId && !force) {
    const name = scaleSetId.split("/").at(-1);
    return `It is an instance of the scale set ${name}, which replaces its instances. Correct the image or the model and replace this one, or name remediations and force them.`;
  }
  return null;
}

export function isDomainController({ guest }: Pick<Evidence, "guest">): boolean {
  return guest !== null && !isUnreadable(guest.system) && guest.system.productType === "domain-controller";
}

/** The checks on the side of the listener: they fail where Remote Desktop is closed on purpose. Any other fault there is a fault. */
const listenerSideChecks: readonly string[] = [
  "nsg-allows-rdp",
  "rdp-is-enabled",
  "rdp-listener-is-listening",
  "rdp-services-are-running",
  "windows-firewall-allows-rdp",
];

function isClosedListenerSide({ check, verdict, evidence }: Finding): boolean {
  if (verdict !== "faulty") return false;
  // A closed listener refuses the connection; one that breaks later has another reason.
  return listenerSideChecks.includes(check) || (check === "rdp-handshake-succeeds" && evidence.stage === "connect");
}

/** Just-in-time access denies every source that has not requested it. A source named in the request asks how to get in. */
function isClosedByJustInTime({ check, verdict, evidence }: Finding, { network }: Evidence): boolean {
  if (check !== "nsg-allows-rdp" || verdict !== "faulty" || network.some(({ asked }) => asked)) return false;
  return typeof evidence.rule === "string" && isJitDeny(evidence.rule);
}

/** The findings with what the VM's owner wants so marked as intended. */
export function asIntended(findings: readonly Finding[], evidence: Evidence): Finding[] {
  const closed = isClosedOnPurpose(evidence.azure);
  return findings.map((finding) => {
    if (closed && isClosedListenerSide(finding)) return intended(finding, `Closed on purpose (tag ${accessTag}).`);
    return isClosedByJustInTime(finding, evidence)
      ? intended(finding, "Closed on purpose until access is requested.")
      : finding;
  });
}

function intended(finding: Finding, why: string): Finding {
  return { ...finding, verdict: "intended", because: `${why} ${finding.because}`, restoredBy: [] };
}
