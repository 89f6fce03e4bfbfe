import { type GuestEvidence, isUnreadable, type ServiceFacts } from "./guest-evidence.ts";
import { type RdpService, rdpServiceDefaults } from "./windows.ts";

/** Whether the service hangs in a pending state, so that it neither runs nor accepts commands (event 7022). [TS] */
export function isHung({ state }: ServiceFacts): boolean {
  return state.endsWith("Pending");
}

/** Whether the process that holds a port is the kernel, in which http.sys listens for IIS, WinRM and other web services. */
export function isHttpSys(process: string): boolean {
  return /^system$/i.test(process);
}

/** The process that is known to hold the RDP port in the place of TermService; `null` otherwise. */
export function foreignHolder({ listener }: Pick<GuestEvidence, "listener">): string | null {
  if (isUnreadable(listener) || !listener.owner) return null;
  const { process, services } = listener.owner;
  const untold = services.length === 0 && /^svchost/i.test(process);
  return untold || services.includes("TermService") ? null : process;
}

/**
 * The port of the registry, where TermService listens on another one: it reads its port as it starts, so that this one
 * counts from its next start on. `null`: the same, or TermService listens on none. [CLP]
 */
export function portAtNextStart({ listener }: Pick<GuestEvidence, "listener">): number | null {
  if (isUnreadable(listener) || !listener.owner?.services.includes("TermService")) return null;
  const configured = listener.winStations.find(({ name }) => name.toLowerCase() === "rdp-tcp")?.port;
  return configured === undefined || configured === listener.port ? null : configured;
}

/** Whether these settings permit the service to start, as far as they tell. */
export function mayStart(service: RdpService, settings: Pick<ServiceFacts, "account" | "startMode">): boolean {
  return settings.startMode !== "Disabled" && hasDefaultAccount(service, settings);
}

/** Whether the service runs under its default account, in any spelling that Windows accepts. */
export function hasDefaultAccount(service: RdpService, { account }: Pick<ServiceFacts, "account">): boolean {
  return plain(account) === plain(rdpServiceDefaults[service].account);
}

function plain(account: string): string {
  const name = account
    .toLowerCase()
    .replaceAll(" ", "")
    .replace(/^(\.|ntauthority)\\/, "");
  return name === "system" ? "localsystem" : name;
}
