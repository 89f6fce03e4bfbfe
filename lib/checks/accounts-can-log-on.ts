import { type Check, faulty, healthy, noted } from "../core/check.ts";
import type { LogOnsSection } from "../core/log-on.ts";
import { failureMeaning, noDomainController } from "../core/log-on-failures.ts";
import { publicServers } from "./_dns.ts";
import { type Context, fitting, judgeFrom, readable } from "./_section.ts";

/** From how many failures of unknown names or wrong passwords on it is an attack and no mistyping. Our choice. */
const attackFrom = 100;

/** From how many failures in an hour on they are the rule, and no passing trouble. Our choice. */
const ruleFrom = 3;

/**
 * Failed log-ons of the last day by their status, and accounts that are locked out. A wrong password is its owner's: only
 * a status that no user causes can be a fault, and only one that explains the present: the channel to the domain is
 * broken now, or such failures are the rule in the last hour. No account is named. [4625]
 */
export const accountsCanLogOn: Check = {
  id: "accounts-can-log-on",
  title: "No account is locked out, and no log-on fails because of the VM",
  run: judgeFrom(["logOns"], ({ logOns }, { guest }) => {
    const facts = factsOf(logOns);
    const own = statuses(logOns).filter(({ status }) => explainsThePresent(status, logOns, guest));
    const system = readable(guest.system);
    if (own.length > 0) {
      const dns = own.some(({ status }) => status === noDomainController) ? byPublicDns(guest) : "";
      return faulty(fitting(...own.map(({ status, count }) => describeFailure(status, count)), dns), [], facts);
    }
    const isAdministrator = logOns.administrator === "locked" && system?.domainJoined === false;
    const locked = isAdministrator ? "The built-in administrator is locked out." : lockedOut(logOns);
    const found = [clones(guest), locked, attack(logOns), locked && lockOutAdvice, ...mistakes(logOns)].filter(
      (one) => one !== null,
    );
    // The evidence of the finding has all counts.
    if (found.length > 0) return noted(fitting(...found), facts);
    return healthy("No log-on failed in the last 24 hours.", facts);
  }),
};

function explainsThePresent(status: string, { recent }: LogOnsSection, guest: Context["guest"]): boolean {
  const meaning = failureMeaning(status);
  if (!meaning?.ofTheVm) return false;
  const domain = readable(guest.domain);
  // In no domain such a status is of somebody who named an account of a domain.
  const isMember = domain?.join === "domain" || domain?.join === "hybrid";
  if (meaning.ofTheDomain && domain !== null && !isMember) return false;
  if (meaning.ofTheDomain && isMember && domain.channel !== null && domain.channel !== 0) return true;
  return (recent[status] ?? 0) >= ruleFrom;
}

/** Event 6167: since August 2025 Windows refuses log-ons that come from a computer with its own SID. [SID] */
function clones(guest: Context["guest"]): string | null {
  const event = (readable(guest.events) ?? []).find(({ provider, id }) => provider === "LsaSrv" && id === 6167);
  if (!event) return null;
  const times = event.count === 1 ? "once" : `${event.count} times`;
  return `Log-ons were refused ${times} (event 6167 of LsaSrv): the client's computer was cloned from the same image as this VM, without Sysprep. Connect from another computer; one of the two must be rebuilt from an image that Sysprep generalized.`;
}

/** The cause of a domain that is not found, where it is known. */
function byPublicDns(guest: Context["guest"]): string {
  const servers = publicServers(readable(guest.domain)?.dns ?? []);
  return servers.length > 0 ? `The cause: DNS servers set by hand in Windows (${servers.join(", ")}) are public.` : "";
}

const lockOutAdvice =
  "It ends by itself in time (`net accounts`), or with `net user NAME /active:yes`, also by Run Command.";

function statuses({ failed }: LogOnsSection) {
  return Object.entries(failed)
    .map(([status, count]) => ({ status, count }))
    .sort((one, other) => other.count - one.count || one.status.localeCompare(other.status));
}

function lockedOut({ locked, lockOuts }: LogOnsSection): string | null {
  if (locked > 0) return `${locked} local accounts are locked out.`;
  return lockOuts > 0 ? `Accounts were locked out ${lockOuts} times in 24 hours.` : null;
}

/** Many names or passwords that are wrong, from public addresses. */
function attack({ failed, public: fromPublic, more }: LogOnsSection): string | null {
  const guessed = (failed["0xC0000064"] ?? 0) + (failed["0xC000006A"] ?? 0) + (failed["0xC000006D"] ?? 0);
  if (guessed < attackFrom || fromPublic < attackFrom) return null;
  return `${more ? "More than " : ""}${guessed} log-ons failed because of a wrong name or password, ${fromPublic} from public addresses: somebody is guessing passwords. Let in only the addresses that need it (NSG, just-in-time access, Bastion).`;
}

function mistakes(logOns: LogOnsSection): (string | null)[] {
  return statuses(logOns).map(({ status, count }) =>
    failureMeaning(status)?.ofTheVm
      ? `${describeFailure(status, count)} It passed, or is rare: ${logOns.recent[status] ?? 0} times in the last hour.`
      : describeFailure(status, count),
  );
}

function describeFailure(status: string, count: number): string {
  const meaning = failureMeaning(status);
  const times = count === 1 ? "once" : `${count} times`;
  return `Log-on failed ${times} with ${status}: ${meaning ? meaning.sentence : "a status that this check does not know."}`;
}

function factsOf({ failed, recent, public: fromPublic, lockOuts, locked, administrator, more }: LogOnsSection) {
  const lately = Object.fromEntries(
    Object.entries(recent).map(([status, count]) => [`${status} in the last hour`, count]),
  );
  return { ...failed, ...lately, "from public addresses": fromPublic, lockOuts, locked, administrator, more };
}
