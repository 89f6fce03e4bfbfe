import {
  DomainSection,
  LicensingSection,
  LogOnsSection,
  logOnRights,
  RightsSection,
  SubsystemSection,
  trustees,
} from "../../lib/core/log-on.ts";
import type { WindowsAdapter } from "./adapter.ts";
import { deviations } from "./deviations.ts";
import type { Machine } from "./machine.ts";

type LogOnFunctions = Pick<
  WindowsAdapter,
  | "Get-LogOnRights"
  | "Get-AccountRight"
  | "Set-AccountRight"
  | "Get-LicensingFacts"
  | "Get-DomainFacts"
  | "Get-LogOnFacts"
  | "Get-SubsystemFacts"
>;

/** What decides on a log-on after TLS. None of it can be seen in a handshake. */
export function logOnFunctions(machine: Machine): LogOnFunctions {
  return {
    "Get-LogOnRights": () => deviations(RightsSection, rightsFacts(machine)),
    "Get-AccountRight": ({ Right, Sid }) => holdersOf(machine, codeOf(Right)).includes(trusteeOf(Sid)),
    "Set-AccountRight": ({ Right, Sid, Held }) => {
      const [code, trustee] = [codeOf(Right), trusteeOf(Sid)];
      const others = holdersOf(machine, code).filter((holder) => holder !== trustee);
      setHolders(machine, code, Held ? [...others, trustee] : others);
      return null;
    },
    "Get-LicensingFacts": () => deviations(LicensingSection, machine.state.logOn.licensing),
    "Get-DomainFacts": () => deviations(DomainSection, domainFacts(machine)),
    "Get-LogOnFacts": () => deviations(LogOnsSection, machine.state.logOn.logOns),
    "Get-SubsystemFacts": () => deviations(SubsystemSection, machine.state.logOn.subsystem),
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

/**
 * The holders of a member server that count. Source: Azure/repair-script-library, win-fix-user-rights.ps1 (84b5550a),
 * measured on Windows Server 2022.
 */
const asInstalled: Record<string, string> = { i: "BA BU", n: "WD BA BU", r: "BA RD", s: "AS" };

/** Only what differs from a Windows as it is installed. */
function rightsFacts({ state }: Machine): RightsSection {
  const { held, members } = state.logOn.rights;
  const rights = [...new Set([...Object.keys(asInstalled), ...Object.keys(held)])];
  const told = rights
    .map((right) => [right, held[right] ?? ""])
    .filter(([right = "", who]) => who !== (asInstalled[right] ?? ""));
  return { held: Object.fromEntries(told), members };
}

function codeOf(right: string): string {
  const code = Object.entries(logOnRights).find(([, name]) => name === right)?.[0];
  if (!code) throw new Error(`Windows has no right ${right}.`);
  return code;
}

function trusteeOf(sid: string): string {
  const code = Object.entries(trustees).find(([, trustee]) => trustee.sid === sid)?.[0];
  if (!code) throw new Error(`This Windows does not know the account ${sid}.`);
  return code;
}

function holdersOf({ state }: Machine, right: string): string[] {
  return (state.logOn.rights.held[right] ?? "").split(" ").filter(Boolean);
}

/** In the order in which the guest tells them; a right that nobody holds is not told. */
function setHolders({ state }: Machine, right: string, holders: string[]): void {
  const order = [...Object.keys(trustees)];
  const rank = (holder: string) => (order.includes(holder) ? order.indexOf(holder) : order.length);
  const { held } = state.logOn.rights;
  if (holders.length === 0) delete held[right];
  else held[right] = holders.sort((one, other) => rank(one) - rank(other)).join(" ");
}
