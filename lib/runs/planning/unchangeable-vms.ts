import { azReimage } from "../../core/az-commands.ts";
import { type AzureEvidence, traitsOfEvidence } from "../../core/azure-evidence.ts";
import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../../core/finding.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import { isJitDeny } from "../../core/jit.ts";
import { nameOfSet, replacedBy, type ScaleSetPolicy } from "../../core/scale-set.ts";
import { parseVmId } from "../../core/vm-id.ts";
import { accessTag, isClosedOnPurpose } from "../../core/vm-tags.ts";

/*
 * What must not be changed: a state that the VM's owner wants is no fault, and some VMs are not changed at all.
 */

/** Why nothing inside this VM may be changed, whatever is found; `null` when changes are possible. */
export function exclusionOf({ azure, guest }: Evidence, { force }: { readonly force: boolean }): string | null {
  if (isClosedOnPurpose(azure)) {
    return `Remote Desktop is closed here on purpose (tag ${accessTag}). Remove the tag to have it repaired.`;
  }
  // A domain depends on its controllers' keys and services. [RR]
  if (isDomainController({ guest })) return "It is a domain controller, and those are not changed automatically.";
  const { vm } = azure;
  if (vm.scaleSet && "unreadable" in vm.scaleSet) {
    // Without the tags of its set nobody knows whether Remote Desktop is closed on purpose: force does not answer that.
    return `${instanceOf(vm)}, whose tags and upgrade policy are not known. ${vm.scaleSet.unreadable} Correct that, and try again.`;
  }
  return force ? null : replacementOf(vm, vm.scaleSet);
}

/** Why a repair would not last: the scale set replaces this instance; `null` when only people do. `set`: of a uniform one. */
function replacementOf(vm: AzureEvidence["vm"], set: ScaleSetPolicy | undefined): string | null {
  if (!vm.scaleSetId) return null;
  const otherwise = "or name remediations and force them.";
  if (set === undefined) {
    return `${instanceOf(vm)}, which replaces its instances. Correct the image or the model and replace this one, ${otherwise}`;
  }
  const reasons = replacedBy(set);
  if (reasons.length === 0) return null;
  const read = parseVmId(vm.id ?? "");
  const reimage = read.ok ? ` (${azReimage(read.value)})` : "";
  return `${instanceOf(vm)}, which replaces its instances by itself: ${reasons.join(", and ")}. Correct the image or the model and reimage this one${reimage}, protect it from actions of the set, ${otherwise}`;
}

function instanceOf(vm: AzureEvidence["vm"]): string {
  return `It is an instance of the scale set ${nameOfSet(vm)}`;
}

export function isDomainController({ guest }: Pick<Evidence, "guest">): boolean {
  return guest !== null && !isUnreadable(guest.system) && guest.system.productType === "domain-controller";
}

/**
 * The listener-side checks: they fail when Remote Desktop is closed on purpose. A fault of any other check is a fault.
 */
const listenerSideChecks: readonly string[] = [
  "nsg-allows-rdp",
  "rdp-accepts-log-ons",
  "rdp-is-enabled",
  "rdp-listener-is-listening",
  "rdp-services-are-running",
  "windows-firewall-allows-rdp",
];

function isClosedListenerSide({ check, verdict, evidence }: Finding): boolean {
  if (verdict !== "faulty") return false;
  // A closed listener refuses the connection; a handshake that fails later has another cause.
  return listenerSideChecks.includes(check) || (check === "rdp-handshake-succeeds" && evidence.stage === "connect");
}

/**
 * Just-in-time access denies every source that has not requested it. For a source that was named in the request, the
 * denial is a fault; so it is for a machine for which access cannot be requested.
 */
function isClosedByJustInTime({ check, verdict, evidence }: Finding, { azure, network }: Evidence): boolean {
  if (!traitsOfEvidence(azure).hasJustInTimeAccess) return false;
  if (check !== "nsg-allows-rdp" || verdict !== "faulty" || network.some(({ asked }) => asked)) return false;
  return typeof evidence.rule === "string" && isJitDeny(evidence.rule);
}

/** The findings, with the states that the VM's owner wants marked as intended. */
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
