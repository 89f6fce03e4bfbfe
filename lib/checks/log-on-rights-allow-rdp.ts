import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import {
  broadTrustees,
  type DomainSection,
  heldBy,
  type LogOnRight,
  localTrustees,
  logOnRights,
  ownRightHolders,
  type RightFault,
  type RightsSection,
  rightFaults,
  rightHolders,
  type Trustee,
  trustees,
} from "../core/log-on.ts";
import { requiresNla } from "../core/security-settings.ts";
import { judgeFrom, readable, worstResult } from "./_section.ts";

/** Who may log on is for a person to decide. */
const advice =
  "Ask for restore-log-on-rights by name. If Group Policy or Intune sets it (User Rights Assignment), change it there.";

/**
 * Whether the rights of this machine let a broad group log on: by Remote Desktop, over the network (which network level
 * authentication needs), and locally; and whether services may log on. A deny beats every allow. Other deviations are
 * hardening. [URA]
 */
export const logOnRightsAllowRdp: Check = {
  id: "log-on-rights-allow-rdp",
  title: "The log-on rights let users log on by Remote Desktop",
  run: judgeFrom(["rights"], ({ rights }, context) => {
    const { guest } = context;
    const registry = readable(guest.registry);
    const usesNla = !registry || requiresNla(registry);
    const join = readable(guest.domain)?.join ?? null;
    const isWorkgroup = join === "workgroup";
    const faults = rightFaults(rights, { isWorkgroup, requiresNla: usesNla });
    if (faults.length > 0) {
      return faulty(`${sentencesOf(faults, isWorkgroup)} ${advice}`, [], factsOf(rights));
    }
    if (usesNla && heldBy(rights, "n") === "") return faulty(networkForNobody, [], factsOf(rights));
    const denied = deniedLocals(rights, usesNla);
    if (denied && join === null) {
      return unknown(`${denied}, and whether the VM has other accounts (a domain, Microsoft Entra) could not be read.`);
    }
    return worstResult(notes(rights, usesNla)) ?? healthy(hardening(rights, denied, join), factsOf(rights));
  }),
};

/** A change of this right is nobody's here: baselines take it from broad groups, and who should have it is a choice. [RTL] */
const networkForNobody = `Nobody may log on over the network (${logOnRights.n}), which network level authentication needs. Give the right to Administrators and Remote Desktop Users where it is set: User Rights Assignment of Group Policy, Intune or the local policy.`;

const does: Record<LogOnRight, string> = {
  r: "log on by Remote Desktop",
  i: "log on locally",
  n: "log on over the network",
  s: "log on as a service",
  dr: "log on by Remote Desktop",
  di: "log on locally",
  dn: "log on over the network, which NLA needs,",
  ds: "log on as a service",
};

/** A finding has room for one of them. The facts have all rights. */
function sentencesOf([first, ...others]: readonly RightFault[], isWorkgroup: boolean): string {
  if (!first) return "";
  const isLocal = first.denied !== null && localTrustees.includes(first.denied);
  const who = first.denied === "LA" ? "administrator" : "account";
  const whom = isLocal && isWorkgroup ? ` In no domain, that is every ${who}.` : "";
  const more = others.length === 1 ? "One more right is" : `${others.length} more rights are`;
  return `${sentenceOf(first)}${whom}${others.length > 0 ? ` ${more} at fault.` : ""}`;
}

function sentenceOf({ right, denied }: RightFault): string {
  const name = denied ? trustees[denied].name : null;
  if (name) return `${name} may not ${does[right]} (${logOnRights[right]}).`;
  return `${right === "s" ? "ALL SERVICES may not" : "Nobody may"} ${does[right]} (${logOnRights[right]}).`;
}

/** What shuts out some people, and not everybody. */
function notes(rights: RightsSection, usesNla: boolean): CheckResult[] {
  const found: string[] = [];
  const allowed = rightHolders(rights, "r");
  const { members } = rights;
  if (!allowed.some((holder) => broadTrustees.includes(holder))) {
    found.push(
      `Only ${ownRightHolders(rights, "r")} chosen accounts or groups may log on by Remote Desktop (${logOnRights.r}).`,
    );
  } else if (!allowed.some((holder) => holder !== "BA") && members !== null && members > 0) {
    found.push(
      `Only Administrators may log on by Remote Desktop (${logOnRights.r}), and Remote Desktop Users has ${members} members, who may not.`,
    );
  }
  const offNetwork = rightHolders(rights, "dn").find((holder) => broadTrustees.includes(holder));
  if (offNetwork && !usesNla) {
    found.push(
      `${trustees[offNetwork].name} may not log on over the network (${logOnRights.dn}). The VM does not require network level authentication; a client that uses it nevertheless is refused: put enablecredsspsupport:i:0 into its .rdp file.`,
    );
  }
  const onNetwork = rightHolders(rights, "n").filter((holder) => broadTrustees.includes(holder));
  if (onNetwork.length === 0) {
    found.push(
      `No broad group may log on over the network (${logOnRights.n}), which network level authentication needs.`,
    );
  } else if (usesNla && ownRightHolders(rights, "n") === 0 && onNetwork.every((holder) => holder === "BA") && members) {
    found.push(
      `Only Administrators may log on over the network (${logOnRights.n}), which network level authentication needs, and Remote Desktop Users has ${members} members, who may not.`,
    );
  }
  return found.length > 0 ? [noted(found.join(" "), factsOf(rights))] : [];
}

/** Whose accounts are left when local ones are denied. */
const others: Record<DomainSection["join"], string> = {
  workgroup: "no accounts",
  domain: "accounts of the domain",
  entra: "accounts of Microsoft Entra",
  hybrid: "accounts of the domain or of Microsoft Entra",
};

/** Which local accounts Remote Desktop does not let in; `null` when it lets all in. */
function deniedLocals(rights: RightsSection, usesNla: boolean): string | null {
  const denied: Trustee[] = [...rightHolders(rights, "dr"), ...(usesNla ? rightHolders(rights, "dn") : [])];
  if (denied.includes("L")) return "Local accounts are denied";
  return denied.includes("LA") ? "Local accounts that are administrators are denied" : null;
}

/** What is usual where a VM is hardened, in the sentence of a healthy one. */
function hardening(rights: RightsSection, denied: string | null, join: DomainSection["join"] | null): string {
  const isEmpty = (holder: Trustee) => holder === "RD" && rights.members === 0;
  const allowed = rightHolders(rights, "r").map(
    (holder) => `${trustees[holder].name}${isEmpty(holder) ? " (no members)" : ""}`,
  );
  const told = denied && join ? ` ${denied}: ${others[join]} get in.` : "";
  return `These may log on by Remote Desktop: ${allowed.join(", ")}.${told}${chosenDenials(rights)}`;
}

/** A deny of single accounts or groups, e.g. of the administrators of a domain, is a choice, and wins over every allow. */
function chosenDenials(rights: RightsSection): string {
  const found = (["dr", "di", "dn"] as const).filter((right) => ownRightHolders(rights, right) > 0);
  const told = found.map((right) => `${ownRightHolders(rights, right)} (${logOnRights[right]})`).join(", ");
  return told && ` Chosen accounts or groups are denied, whatever else allows them: ${told}.`;
}

function factsOf(rights: RightsSection) {
  const facts: Record<string, string | number | null> = { "members of Remote Desktop Users": rights.members };
  for (const right of Object.keys(logOnRights) as LogOnRight[]) {
    const holders = heldBy(rights, right);
    if (holders) facts[logOnRights[right]] = holders;
  }
  return facts;
}
