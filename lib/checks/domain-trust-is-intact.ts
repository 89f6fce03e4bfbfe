import { type Check, type CheckResult, faulty, healthy, notApplicable, noted } from "../core/check.ts";
import type { DomainSection } from "../core/log-on.ts";
import { noDomainController } from "../core/log-on-failures.ts";
import { dnsBack, publicServers } from "./_dns.ts";
import { effectiveSetting } from "./_registry.ts";
import { type Context, fitting, judgeFrom, readable } from "./_section.ts";

/** Errors of a channel whose domain answers and does not accept this computer. [WERR] */
const refused: Record<number, string> = {
  5: "the password of the computer account does not match",
  1786: "this computer has no secret of the trust",
  1787: "the domain has no computer account for this computer",
  1788: "the trust with the domain failed",
  1789: "the trust relationship with the domain failed",
  1790: "the network log-on failed",
  2695: "this computer is in no domain that it knows",
};
/** Errors of a domain that does not answer. [WERR] */
const silent: Record<number, string> = {
  53: "the network path was not found",
  1231: "the network location cannot be reached",
  1311: "no domain controller is available",
  1355: "the domain does not exist or could not be contacted",
  1722: "the RPC server is unavailable",
};

/** The repair needs an account of the domain, so it is advice. */
const repair =
  "Sign in as .\\name, then `Test-ComputerSecureChannel -Repair -Credential (Get-Credential)` or join the domain again.";
const way = "Look at DNS, route, firewall and clock towards the domain controllers; sign in as .\\name meanwhile.";

/**
 * Whether a member of a domain can have its domain check an account. Netlogon tells what it knows without asking the
 * network. With network level authentication there is no cached log-on: the domain must answer before a session starts.
 * [AU]
 */
export const domainTrustIsIntact: Check = {
  id: "domain-trust-is-intact",
  title: "The domain answers and trusts this computer",
  run: judgeFrom(["domain"], ({ domain }, context) => {
    if (domain.join === "workgroup") return notApplicable("The VM is in a workgroup: every account is a local one.");
    if (domain.join === "entra") return judgeEntra(context);
    const { productType } = readable(context.guest.system) ?? {};
    if (productType === "domain-controller") {
      return notApplicable("A domain controller has no secure channel to its own domain.");
    }
    return judgeMember(domain, context);
  }),
};

function judgeEntra({ guest }: Context): CheckResult {
  const because =
    "Joined to Microsoft Entra: sign in as AzureAD\\name with the role Virtual Machine Administrator Login or User Login, from a device joined to or registered with its tenant.";
  // [ESI][EMFA]
  const factors = "If MFA refuses the sign-in method: exclude the app Azure Windows VM Sign-In.";
  const registry = readable(guest.registry);
  const requiresNla = registry && effectiveSetting(registry, "UserAuthentication").value !== 0;
  const nla = requiresNla ? "Network level authentication is on: other devices cannot connect." : "";
  return healthy(fitting(because, nla, factors));
}

function judgeMember(domain: DomainSection, context: Context): CheckResult {
  const { netlogon, channel, dns } = domain;
  const facts = { join: domain.join, netlogon, channel, dns: dns.join("; ") || null };
  const without = [nla(context), "Accounts of the domain cannot log on."];
  if (netlogon === null || / Disabled$/.test(netlogon)) {
    const service = netlogon === null ? "There is no service Netlogon" : "The service Netlogon is disabled";
    return faulty(fitting(`${service} on a member of a domain.`, startNetlogon, ...without), [], facts);
  }
  if (!netlogon.startsWith("Running")) {
    return faulty(fitting(`The service Netlogon is ${netlogon.split(" ")[0]}.`, startNetlogon, ...without), [], facts);
  }
  const event = lastEvent(context, 3210) ?? lastEvent(context, 5719);
  if (channel === null)
    return noted(fitting("Netlogon does not report the state of its channel to the domain.", event ?? ""), facts);
  if (refused[channel]) {
    const because = `The domain does not trust this computer: ${refused[channel]} (${channel}${event ? `; ${event}` : ""}).`;
    return faulty(fitting(because, repair, ...without), [], facts);
  }
  // Netlogon sets its channel up when it is needed: 1311 alone may only say that nobody needed it yet.
  const proof = event ?? failedLogOns(context);
  if (silent[channel] && (channel !== 1311 || proof)) {
    const because = `The domain does not answer: ${silent[channel]} (${channel}${proof ? `; ${proof}` : ""}).`;
    const cause = publicServers(dns);
    if (cause.length === 0) return faulty(fitting(because, ownDns(dns), way, ...without), [], facts);
    const named = `The cause: DNS servers set by hand in Windows (${cause.join(", ")}) are public and do not know the domain.`;
    return faulty(fitting(because, named, dnsBack, "Sign in as .\\name meanwhile.", ...without), [], facts);
  }
  if (channel !== 0) {
    const because = `The channel to the domain has the state ${channel}, and no event reports a failure.`;
    return noted(fitting(because, ownDns(dns)), facts);
  }
  if (dns.length > 0) return noted(fitting("The domain answers.", ownDns(dns)), facts);
  return healthy("The domain answers and trusts this computer.", facts);
}

const startNetlogon =
  "Set its start to automatic and start it: `sc.exe config Netlogon start= auto`, `net start Netlogon`.";

function nla({ guest }: Context): string {
  const registry = readable(guest.registry);
  if (!registry || effectiveSetting(registry, "UserAuthentication").value === 0) return "";
  return "NLA can be weakened for a time: weaken-network-level-authentication.";
}

function ownDns(dns: readonly string[]): string {
  return dns.length > 0 ? `DNS servers set by hand in Windows (${dns.join("; ")}) differ from those of Azure.` : "";
}

/** Log-ons of the last day that found no domain controller. [4625] */
function failedLogOns({ guest }: Context): string | null {
  const count = readable(guest.logOns)?.failed[noDomainController] ?? 0;
  return count > 0 ? `${count} log-ons failed with ${noDomainController}` : null;
}

function lastEvent({ guest }: Context, id: number): string | null {
  const found = (readable(guest.events) ?? []).find((event) => event.provider === "Netlogon" && event.id === id);
  return found ? `event ${id} ${found.count} times in 24 hours` : null;
}
