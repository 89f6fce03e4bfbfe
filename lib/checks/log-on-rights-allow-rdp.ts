import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import {
  broadTrustees,
  heldBy,
  type LogOnRight,
  logOnRights,
  ownRightHolders,
  type RightFault,
  type RightsSection,
  rightFaults,
  rightHolders,
  trustees,
} from "../core/log-on.ts";
import { judgeFrom, readable, worst } from "./_section.ts";

/** Who may log on is for a person to decide. */
const advice =
  "Ask for restore-log-on-rights by name: it changes these rights alone. One that Group Policy sets (User Rights Assignment, see gpresult /h) returns: change it there.";

/**
 * Whether the rights of this machine let a broad group log on: by Remote Desktop, over the network (which network level
 * authentication needs), and locally; and whether services may log on. A deny beats every allow. Other deviations are
 * hardening. [URA]
 */
export const logOnRightsAllowRdp: Check = {
  id: "log-on-rights-allow-rdp",
  title: "The log-on rights let users log on by Remote Desktop",
  run: judgeFrom(["rights"], ({ rights }, context) => {
    const faults = rightFaults(rights, readable(context.guest.domain)?.join === "workgroup");
    if (faults.length > 0) {
      return faulty(`${sentencesOf(faults)} ${advice}`, [], factsOf(rights));
    }
    return worst(notes(rights)) ?? healthy(hardening(rights), factsOf(rights));
  }),
};

const does: Record<LogOnRight, string> = {
  r: "log on by Remote Desktop",
  i: "log on locally",
  n: "log on over the network",
  s: "log on as a service",
  dr: "log on by Remote Desktop",
  di: "log on locally",
  dn: "log on over the network, which network level authentication needs,",
  ds: "log on as a service",
};

/** A finding has room for one of them. The facts have all rights. */
function sentencesOf([first, ...others]: readonly RightFault[]): string {
  if (!first) return "";
  const more = others.length === 1 ? "One more right is" : `${others.length} more rights are`;
  return others.length > 0 ? `${sentenceOf(first)} ${more} at fault.` : sentenceOf(first);
}

function sentenceOf({ right, denied }: RightFault): string {
  const name = denied ? trustees[denied].name : null;
  if (name) return `${name} may not ${does[right]} (${logOnRights[right]}).`;
  return `${right === "s" ? "ALL SERVICES may not" : "Nobody may"} ${does[right]} (${logOnRights[right]}).`;
}

/** What shuts out some people, and not everybody. */
function notes(rights: RightsSection): CheckResult[] {
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
  if (!rightHolders(rights, "n").some((holder) => broadTrustees.includes(holder))) {
    found.push(
      `No broad group may log on over the network (${logOnRights.n}), which network level authentication needs.`,
    );
  }
  return found.length > 0 ? [noted(found.join(" "), factsOf(rights))] : [];
}

/** What is usual where a VM is hardened, in the sentence of a healthy one. */
function hardening(rights: RightsSection): string {
  const allowed = rightHolders(rights, "r").map((holder) => trustees[holder].name);
  const local = rightHolders(rights, "dr").some((holder) => holder === "L" || holder === "LA");
  const told = local ? " Local accounts are denied: only accounts of the domain get in." : "";
  return `By Remote Desktop may log on: ${allowed.join(", ")}.${told}`;
}

function factsOf(rights: RightsSection) {
  const facts: Record<string, string | number | null> = { "members of Remote Desktop Users": rights.members };
  for (const right of Object.keys(logOnRights) as LogOnRight[]) {
    const holders = heldBy(rights, right);
    if (holders) facts[logOnRights[right]] = holders;
  }
  return facts;
}
