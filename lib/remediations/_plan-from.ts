import { type Change, isCryptoService } from "../core/change.ts";
import { hasNoRoom } from "../core/disk-room.ts";
import type { Evidence } from "../core/evidence.ts";
import { type GuestEvidence, isUnreadable, type SectionName, type Unreadable } from "../core/guest-evidence.ts";
import { portAtNextStart } from "../core/rdp-services.ts";
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
      return refuse("Nothing inside the VM could be read. Start the VM, wait for its agent, and diagnose again.");
    }
    for (const name of names) {
      const section: unknown = guest[name];
      if (isUnreadable(section)) {
        return refuse(`The ${name} of the VM could not be read (${section.unreadable}). Diagnose again, then repair.`);
      }
    }
    const planned = decide(guest as GuestEvidence & { [N in Name]: Section<N> }, { at, guest, ...options });
    const missing = isRefusal(planned)
      ? null
      : (whatIsMissing(planned, guest) ?? whatWouldNotStart(planned, guest) ?? whereItWouldMove(planned, guest));
    if (missing) return refuse(missing);
    const restarts = !isRefusal(planned) && planned.some(({ kind }) => kind === "restart-rdp-services");
    return restarts && keysLeadElsewhere(guest) ? refuse(keysAreLinked) : planned;
  };
}

/** After these Windows must be able to make a key, a certificate, or both. */
const renewing: readonly Change["kind"][] = ["remove-rdp-certificate", "rename-rdp-key", "rename-machine-keys-folder"];

/** Without room, or without the services behind keys, a removed certificate or key would not come back. [EV][CRT] */
function whatIsMissing(planned: readonly Change[], guest: GuestEvidence): string | null {
  const { system, supportingServices } = guest;
  if (planned.length === 0) return null;
  if (!isUnreadable(system) && system.freeDiskMb < 1) {
    return "The system drive has 0 MB free: there is no room for the journal that makes a change reversible. Free space first.";
  }
  if (!planned.some(({ kind }) => renewing.includes(kind))) return null;
  if (!isUnreadable(system) && hasNoRoom(guest)) {
    return `The system drive has ${system.freeDiskMb} MB free, so that Windows may not be able to make what this removes. Free space first.`;
  }
  const disabled = isUnreadable(supportingServices) ? [] : supportingServices.disabled;
  const off = disabled.find(({ name, state }) => isCryptoService(name) && state !== "Running");
  if (!off) return null;
  return `${off.name} is disabled, and without it Windows makes no key. Enable it first: enable-crypto-services.`;
}

/** A restart must not end a service that runs and could not start again. */
function whatWouldNotStart(planned: readonly Change[], { services, supportingServices }: GuestEvidence): string | null {
  if (isUnreadable(services) || isUnreadable(supportingServices)) return null;
  if (!planned.some(({ kind }) => kind === "restart-rdp-services")) return null;
  const setsLibrary = planned.some((change) => "value" in change && change.value === "termservice/ServiceDll");
  const stuck = supportingServices.obstacles.find(({ service, library, blockedBy = [] }) => {
    const isGone = library?.exists === false && !(setsLibrary && service === "TermService");
    return services[service]?.state === "Running" && (isGone || blockedBy.length > 0);
  });
  if (!stuck) return null;
  const { service, library, blockedBy } = stuck;
  const why = blockedBy?.[0]
    ? `it depends on ${blockedBy[0].name}, which is ${blockedBy[0].problem}`
    : `its library ${library?.path || "in ServiceDll"} is missing`;
  return `The service ${service} runs, and would not start again after a restart: ${why}. Correct that first.`;
}

/** A restart must not move Remote Desktop to a port that no client, firewall or security group may know of. [CLP] */
function whereItWouldMove(planned: readonly Change[], { listener }: GuestEvidence): string | null {
  const nextPort = portAtNextStart({ listener });
  if (isUnreadable(listener) || nextPort === null) return null;
  if (!planned.some(({ kind }) => kind === "restart-rdp-services")) return null;
  if (planned.some((change) => "value" in change && change.value === "rdp-tcp/PortNumber")) return null;
  const { port } = listener;
  return `A restart of the services would move Remote Desktop from port ${port} to ${nextPort}, which PortNumber names since they started. Let TCP ${nextPort} in and restart TermService by hand, or set PortNumber back to ${port}, then repair.`;
}

const keysAreLinked =
  "The MachineKeys folder or the RDP key in it is a link to another place. Remove the link by hand, then repair.";

function keysLeadElsewhere({ keys }: GuestEvidence): boolean {
  return !isUnreadable(keys) && (keys.folder?.reparsePoint === true || keys.rdpKey?.reparsePoint === true);
}
