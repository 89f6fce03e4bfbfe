import type { AzureEvidence } from "../core/azure-evidence.ts";
import { isJitDeny } from "../core/jit.ts";
import type { SecurityGroup } from "../core/network-evidence.ts";
import { leastPrefixLength, NetworkProposal, type ProposedRule, proposedName } from "../core/network-proposal.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type Address, formatAddress, formatCidr, parseEndpoint } from "./address.ts";
import { applyProposal, findGroup, isSameId } from "./apply-proposal.ts";
import { judge } from "./judge.ts";
import { readRules } from "./rule.ts";
import { isTooBroad, parseSource } from "./source.ts";
import { originOf, surroundings } from "./surroundings.ts";
import { whyNot } from "./why-not.ts";

export interface ProposalContext extends Pick<NetworkProposal, "runId" | "expiresAt"> {
  /** Proposals of the same run: their names and priorities are taken. */
  readonly others: readonly NetworkProposal[];
}

/** A proposal, or one or two sentences that say why there is none and what to do instead. */
export type ProposalAnswer = { readonly proposal: NetworkProposal } | { readonly because: string };

type Draft = Omit<NetworkProposal, "rules">;

/** The rule that lets one denied source in by one way. It is tried on the evidence before it is proposed. */
export function proposeOne(azure: AzureEvidence, denied: NetworkVerdict, context: ProposalContext): ProposalAnswer {
  if (denied.verdict !== "denied") {
    return { because: `Whether a rule is needed is not known, so none is proposed. ${denied.because}` };
  }
  const source = parseSource(denied.source);
  const to = parseEndpoint(denied.destination);
  if (source?.kind !== "range" || !to) {
    return { because: `${denied.source} is no address: name the address or the CIDR that is to get in.` };
  }
  if (isTooBroad(source.range)) {
    const least = `/${leastPrefixLength[source.range.family]}`;
    return { because: `${denied.source} is too broad, ${least} being the most: name who is to get in more exactly.` };
  }
  const { runId, expiresAt, others } = context;
  const number = others.length === 0 ? "" : `-${others.length + 1}`;
  const draft: Draft = {
    runId,
    name: `${proposedName(runId)}${number}`,
    source: formatCidr(source.range),
    destination: formatAddress(to.address),
    port: to.port,
    expiresAt,
  };
  return openGroups(azure, denied, draft, to, others);
}

/** A group may deny parts of a range by many rules, and each round gets before one of them. */
const maximumRounds = 100;

/** Puts a rule before the one that denies and judges anew, in one group after the other, until the source gets in. */
function openGroups(
  azure: AzureEvidence,
  denied: NetworkVerdict,
  draft: Draft,
  to: { readonly address: Address; readonly port: number },
  others: readonly NetworkProposal[],
): ProposalAnswer {
  let rules: ProposedRule[] = [];
  let now = denied;
  for (let round = 0; deniesSomething(now) && round < maximumRounds; round++) {
    const { nsgId, rule, priority } = now.decidedBy;
    const group = findGroup(azure, nsgId);
    if (!group || rule === null || priority === null) return { because: whyNot(azure, now, draft) };
    if (isUnderJit(group, to)) {
      return {
        because: `${now.because} The VM is under just-in-time access: request it; no rule is proposed past it.`,
      };
    }
    const earlier = rules.find((one) => isSameId(one.nsgId, group.id));
    const free = freePriority(group, Math.min(priority, earlier?.priority ?? priority), others);
    if (free === null) {
      return {
        because: `${now.because} No priority before it is free in NSG ${group.name}: its owner must make room.`,
      };
    }
    const before = { rule, priority };
    rules = [...rules.filter((one) => one !== earlier), { nsgId: group.id, priority: free, before }];
    now = judgeAgain(applyProposal(azure, { ...draft, rules }), denied, draft.port) ?? lost(now);
  }
  if (now.verdict !== "allowed") return { because: `A rule would not be enough. ${now.because}` };
  const checked = NetworkProposal.safeParse({ ...draft, rules });
  if (checked.success) return { proposal: checked.data };
  const issues = checked.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  return { because: `The rule that it needs may not be proposed: ${issues.join("; ")}.` };
}

/** Whether all of the source is denied, or, with some rule before it, a part that another rule denies. */
function deniesSomething({ verdict, decidedBy: { layer, rule }, trace }: NetworkVerdict): boolean {
  if (verdict !== "unknown") return verdict === "denied";
  return trace.some((step) => step.verdict === "denied" && step.layer === layer && step.rule === rule);
}

/** What becomes of the same source by the same way. */
function judgeAgain(azure: AzureEvidence, denied: NetworkVerdict, port: number): NetworkVerdict | undefined {
  const there = judge(azure, [denied.source], port).filter(({ destination }) => destination === denied.destination);
  return there.find(({ path }) => path === denied.path);
}

/** No way of this name leads there any more: nothing more can be said. */
function lost(verdict: NetworkVerdict): NetworkVerdict {
  return { ...verdict, verdict: "unknown", trace: [] };
}

/**
 * Whether just-in-time access closes this port in the group, whatever else does: a rule before the one that decides
 * would get past it as well.
 */
function isUnderJit({ rules }: SecurityGroup, { address, port }: { address: Address; port: number }): boolean {
  const target = { destination: originOf(address, surroundings([])), port, destinationGroups: [] };
  const closing = rules.filter(({ name, access }) => isJitDeny(name) && access === "Deny");
  return readRules(closing, target).rules.length > 0;
}

/** The number that is nearest before `limit` and not taken. The nearer, the fewer rules come after it. */
function freePriority({ id, rules }: SecurityGroup, limit: number, others: readonly NetworkProposal[]): number | null {
  const inbound = rules.filter(({ direction }) => direction === "Inbound").map(({ priority }) => priority);
  const promised = others.flatMap((one) => one.rules).filter(({ nsgId }) => isSameId(nsgId, id));
  const taken = new Set([...inbound, ...promised.map(({ priority }) => priority)]);
  for (let priority = Math.min(limit - 1, 4096); priority >= 100; priority--) {
    if (!taken.has(priority)) return priority;
  }
  return null;
}
