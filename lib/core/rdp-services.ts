import type { ServiceFacts } from "./guest-evidence.ts";
import { type RdpService, rdpServiceDefaults } from "./windows.ts";

/** Whether the service neither runs nor can be told to: it waits for something that does not come (event 7022). [TS] */
export function isHung({ state }: ServiceFacts): boolean {
  return state.endsWith("Pending");
}

/** Whether the service could be started under these settings, as far as they tell. */
export function mayStart(service: RdpService, settings: Pick<ServiceFacts, "account" | "startMode">): boolean {
  return settings.startMode !== "Disabled" && hasDefaultAccount(service, settings);
}

/** Whether the service runs under the account it was installed with, in any of the spellings that Windows takes. */
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
