import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import {
  accountRightId,
  type LogOnRight,
  logOnRights,
  type RightsSection,
  type Trustee,
  trustees,
} from "../core/log-on.ts";
import { type Context, judgeFrom, readable, worst } from "./_section.ts";

/** Groups that hold everybody, or everybody who may administer. [URA] */
const broad: readonly Trustee[] = ["WD", "AU", "BA", "BU", "RD"];

const byPolicy =
  "When Group Policy sets the right (Computer Configuration, User Rights Assignment; see gpresult /h), it returns at the next refresh: change it there.";

/**
 * Whether the rights of this machine let a broad group log on: by Remote Desktop, over the network (which network level
 * authentication needs), and locally; and whether services may log on. A deny beats every allow. Other deviations are
 * hardening. [URA]
 */
export const logOnRightsAllowRdp: Check = {
  id: "log-on-rights-allow-rdp",
  title: "The log-on rights let users log on by Remote Desktop",
  run: judgeFrom(["rights"], ({ rights }, context) => {
    const found = [denied(rights, context), lacking(rights), services(rights)].flat();
    if (found.length > 0) {
      const because = `${found.map(({ sentence }) => sentence).join(" ")} ${byPolicy}`;
      return faulty(because, [], factsOf(rights));
    }
    return worst(notes(rights)) ?? healthy(hardening(rights), factsOf(rights));
  }),
};

interface Deviation {
  readonly sentence: string;
  /** Whether a repair may set it right. */
  readonly isOurs: boolean;
}

function holders({ held }: RightsSection, right: LogOnRight): Trustee[] {
  return (held[right] ?? "").split(" ").filter((code): code is Trustee => Object.hasOwn(trustees, code));
}

/** Accounts and groups that were made here or in a domain. */
function ownHolders({ held }: RightsSection, right: LogOnRight): number {
  return Number(/\+(\d+)/.exec(held[right] ?? "")?.[1] ?? 0);
}

const denials = {
  dr: "log on by Remote Desktop",
  di: "log on locally",
  dn: "log on over the network, which network level authentication needs",
} as const;

function denied(rights: RightsSection, { guest }: Context): Deviation[] {
  const isWorkgroup = readable(guest.domain)?.join === "workgroup";
  return (Object.keys(denials) as (keyof typeof denials)[]).flatMap((right) => {
    // In a workgroup every account is a local one.
    const counting: readonly Trustee[] = isWorkgroup && right === "dr" ? [...broad, "L"] : broad;
    return holders(rights, right)
      .filter((holder) => counting.includes(holder))
      .map((holder) => ({
        sentence: `${trustees[holder].name} may not ${denials[right]} (${logOnRights[right]}).`,
        isOurs: isOurs(right, holder, false),
      }));
  });
}

function lacking(rights: RightsSection): Deviation[] {
  const found: Deviation[] = [];
  const isHeld = (right: LogOnRight) => holders(rights, right).some((holder) => broad.includes(holder));
  // Accounts that an owner chose may stand for the groups: that is a way in.
  if (!isHeld("r") && ownHolders(rights, "r") === 0) {
    found.push({
      sentence: `Nobody may log on by Remote Desktop (${logOnRights.r}).`,
      isOurs: isOurs("r", "BA", true),
    });
  }
  if (
    !holders(rights, "i").some((holder) => holder !== "RD" && broad.includes(holder)) &&
    ownHolders(rights, "i") === 0
  ) {
    found.push({ sentence: `Nobody may log on locally (${logOnRights.i}).`, isOurs: isOurs("i", "BA", true) });
  }
  return found;
}

function services(rights: RightsSection): Deviation[] {
  const found: Deviation[] = [];
  if (!holders(rights, "s").includes("AS")) {
    found.push({ sentence: `Services may not log on (${logOnRights.s}).`, isOurs: isOurs("s", "AS", true) });
  }
  if (holders(rights, "ds").includes("AS")) {
    found.push({ sentence: `Services are denied to log on (${logOnRights.ds}).`, isOurs: isOurs("ds", "AS", false) });
  }
  return found;
}

function isOurs(right: LogOnRight, holder: Trustee, held: boolean): boolean {
  return accountRightId(right, holder, held) !== null;
}

/** What shuts out some people, and not everybody. */
function notes(rights: RightsSection): CheckResult[] {
  const found: string[] = [];
  const allowed = holders(rights, "r");
  const { members } = rights;
  if (!allowed.some((holder) => broad.includes(holder))) {
    found.push(
      `Only ${ownHolders(rights, "r")} chosen accounts or groups may log on by Remote Desktop (${logOnRights.r}).`,
    );
  } else if (!allowed.some((holder) => holder !== "BA") && members !== null && members > 0) {
    found.push(
      `Only Administrators may log on by Remote Desktop (${logOnRights.r}), and Remote Desktop Users has ${members} members, who may not.`,
    );
  }
  if (!holders(rights, "n").some((holder) => broad.includes(holder))) {
    found.push(
      `No broad group may log on over the network (${logOnRights.n}), which network level authentication needs.`,
    );
  }
  return found.length > 0 ? [noted(found.join(" "), factsOf(rights))] : [];
}

/** What is usual where a VM is hardened, in the sentence of a healthy one. */
function hardening(rights: RightsSection): string {
  const allowed = holders(rights, "r").map((holder) => trustees[holder].name);
  const local = holders(rights, "dr").some((holder) => holder === "L" || holder === "LA");
  const told = local ? " Local accounts are denied: only accounts of the domain get in." : "";
  return `By Remote Desktop may log on: ${allowed.join(", ")}.${told}`;
}

function factsOf({ held, members }: RightsSection) {
  const facts: Record<string, string | number | null> = { "members of Remote Desktop Users": members };
  for (const [right, who] of Object.entries(held)) facts[logOnRights[right as LogOnRight]] = who ?? null;
  return facts;
}
