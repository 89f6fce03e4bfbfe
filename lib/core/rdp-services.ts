import type { ServiceFacts } from "./guest-evidence.ts";
import { type RdpService, rdpServiceDefaults } from "./windows.ts";

/** Whether the service hangs in a pending state, so that it neither runs nor accepts commands (event 7022). [TS] */
export function isHung({ state }: ServiceFacts): boolean {
  return state.endsWith("Pending");
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
