import type { Change } from "../core/change.ts";
import type { Evidence } from "../core/evidence.ts";
import { type GuestEvidence, isUnreadable, type SectionName, type Unreadable } from "../core/guest-evidence.ts";
import { isRefusal, type Refusal, type Remediation, type RemediationOptions, refuse } from "../core/remediation.ts";

export type Section<Name extends SectionName> = Exclude<GuestEvidence[Name], Unreadable>;

interface Context extends RemediationOptions {
  readonly at: Evidence["at"];
  /** For optional sections; the required sections are passed separately. */
  readonly guest: GuestEvidence;
}

/**
 * Builds a `plan` that gets its required sections. It refuses when one of them could not be read, and when a restart of
 * the services would let Windows write keys through a link.
 */
export function planFrom<Name extends SectionName>(
  names: readonly Name[],
  decide: (sections: { [N in Name]: Section<N> }, context: Context) => Change[] | Refusal,
): Remediation["plan"] {
  return ({ at, guest }, options) => {
    if (!guest) {
      return refuse("Nothing inside the VM could be looked at. Start the VM, wait for its agent, and diagnose again.");
    }
    for (const name of names) {
      const section: unknown = guest[name];
      if (isUnreadable(section)) {
        return refuse(`The ${name} of the VM could not be read (${section.unreadable}). Diagnose again, then repair.`);
      }
    }
    const planned = decide(guest as GuestEvidence & { [N in Name]: Section<N> }, { at, guest, ...options });
    const restarts = !isRefusal(planned) && planned.some(({ kind }) => kind === "restart-rdp-services");
    return restarts && keysLeadElsewhere(guest) ? refuse(keysAreLinked) : planned;
  };
}

const keysAreLinked =
  "The MachineKeys folder or the RDP key in it is a link to another place. Remove the link by hand, then repair.";

function keysLeadElsewhere({ keys }: GuestEvidence): boolean {
  return !isUnreadable(keys) && (keys.folder?.reparsePoint === true || keys.rdpKey?.reparsePoint === true);
}
