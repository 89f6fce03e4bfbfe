import type { DomainSection } from "../../lib/core/log-on.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";

type LogOnFunctions = Pick<
  WindowsAdapter,
  "Get-LogOnRights" | "Get-LicensingFacts" | "Get-DomainFacts" | "Get-LogOnFacts" | "Get-SubsystemFacts"
>;

/** What decides on a log-on after TLS. None of it can be seen in a handshake. */
export function logOnFunctions(machine: Machine): LogOnFunctions {
  return {
    "Get-LogOnRights": () => machine.state.logOn.rights,
    "Get-LicensingFacts": () => machine.state.logOn.licensing,
    "Get-DomainFacts": () => domainFacts(machine),
    "Get-LogOnFacts": () => machine.state.logOn.logOns,
    "Get-SubsystemFacts": () => machine.state.logOn.subsystem,
  };
}

/**
 * What the world says. A member of a domain that it does not describe has one that answers; a domain controller has no
 * channel to its own domain.
 */
function domainFacts({ state: { system, logOn } }: Machine): DomainSection {
  if (!system.domainJoined || logOn.domain.join !== "workgroup") return logOn.domain;
  const channel = system.productType === "domain-controller" ? null : 0;
  return { ...logOn.domain, join: "domain", netlogon: "Running Auto", channel };
}
