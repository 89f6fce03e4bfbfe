import { maximumPolicyLength, policySuites, worksWithRsa } from "../core/cipher-policy.ts";
import { isUnreadable } from "../core/guest-evidence.ts";
import type { Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * Removes the policy's list of cipher suites, so that the default list of this Windows applies again. The ECC curves in
 * the same key stay. A domain policy writes its list again at the next refresh: its owner must correct it there.
 */
export const resetCipherPolicy: Remediation = {
  id: "reset-cipher-policy",
  title: "Remove the policy's list of cipher suites",
  restores: ["cipher-policy-suits-rdp", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  // Documents disagree on whether a change of the list takes effect before the next start of Windows. [MT][CS]
  mayNeedRestart: true,
  touches: [{ kind: "remove-registry-value", values: ["cipher-policy/Functions"] }, { kind: "restart-rdp-services" }],
  sources: ["CS", "MT"],
  plan: planFrom(["registry", "services"], ({ registry, services }, { guest, force }) => {
    const was = registry["cipher-policy/Functions"];
    if (!was) return [];
    const isTooLong = [was.data].flat().join(",").length > maximumPolicyLength;
    // The list alone proves nothing: it may name suites that this Windows does not have.
    const offersNone = !isUnreadable(guest.schannel) && guest.schannel.usableWithRsa.length === 0;
    if (policySuites(was).some(worksWithRsa) && !isTooLong && !offersNone && !force) return [];
    return withRestart([{ kind: "remove-registry-value", value: "cipher-policy/Functions", was }], services);
  }),
};
