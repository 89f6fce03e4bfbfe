import { type Address, formatAddress, formatCidr, parseEndpoint } from "../core/address.ts";
import { type AzureEvidence, traitsOfEvidence } from "../core/azure-evidence.ts";
import { isJitDeny } from "../core/jit.ts";
import type { SecurityGroup } from "../core/network-evidence.ts";
import { leastPrefixLength, NetworkProposal, type ProposedRule, proposedName } from "../core/network-proposal.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { applyProposal, findGroup, isSameId } from "./apply-proposal.ts";
import { evaluateNetwork } from "./evaluate-network.ts";
import { floatingAddressOf, ingressesOf } from "./network-path.ts";
import { readRules } from "./rule-table.ts";
import { isTooBroad, parseSource } from "./source.ts";
import { createTopology, originOf } from "./topology.ts";
import { unfixableReason } from "./unfixable-reason.ts";

export interface ProposalContext extends Pick<NetworkProposal, "runId" | "expiresAt"> {
  /** Earlier proposals of the same run. Their names and priorities are in use. */
  readonly others: readonly NetworkProposal[];
}

/** A proposal, or one or two sentences: why there is none, and what to do instead. */
export type ProposalAnswer = { readonly proposal: NetworkProposal } | { readonly because: string };

type Draft = Omit<NetworkProposal, "rules">;

interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/**
 * Proposes the rule that allows one denied source on one path. The rule is applied to the evidence and evaluated first.
 */
export function proposeRule(azure: AzureEvidence, denied: NetworkVerdict, context: ProposalContext): ProposalAnswer {
  if (denied.verdict !== "denied") {
    return { because: `It is not known whether a rule is needed, so none is proposed. ${denied.because}` };
  }
  const source = parseSource(denied.source);
  const to = parseEndpoint(denied.destination);
  if (source?.kind !== "range" || !to) {
    return { because: `${denied.source} is not an address: give the address or the CIDR to allow.` };
  }
  if (isTooBroad(source.range)) {
    const least = `/${leastPrefixLength[source.range.family]}`;
    return { because: `${denied.source} is too broad: the largest range is ${least}. Give a smaller range.` };
  }
  const { runId, expiresAt, others } = context;
  const number = others.length === 0 ? "" : `-${others.length + 1}`;
  const draft: Draft = {
    runId,
    name: `${proposedName(runId)}${number}`,
    source: formatCidr(source.range),
    destination: formatAddress(seenAddress(azure, denied, to)),
    port: to.port,
    expiresAt,
  };
  return openGroups(azure, denied, draft, to, others);
}

/** The address that rules see: of the VM, or of the front end where packets keep it. */
function seenAddress({ network }: AzureEvidence, { path }: NetworkVerdict, to: Endpoint): Address {
  if (path !== "load-balancer" || !("interfaces" in network)) return to.address;
  const floating = network.interfaces
    .flatMap((nic) => nic.ipConfigurations)
    .filter(({ privateAddress }) => privateAddress === formatAddress(to.address))
    .flatMap(ingressesOf)
    .flatMap((ingress) => floatingAddressOf(ingress, to.port) ?? []);
  return floating[0] ?? to.address;
}

/** Each round puts the proposed rule before one more denying rule. A group may deny parts of a range by many rules. */
const maximumRounds = 100;

/** Puts a rule before the one that denies and evaluates again, group by group, until the source is allowed. */
function openGroups(
  azure: AzureEvidence,
  denied: NetworkVerdict,
  draft: Draft,
  to: Endpoint,
  others: readonly NetworkProposal[],
): ProposalAnswer {
  let rules: ProposedRule[] = [];
  let now = denied;
  for (let round = 0; deniesSomething(now) && round < maximumRounds; round++) {
    const { layer, nsgId, rule, priority } = now.decidedBy;
    const group = layer === "bastion" ? null : findGroup(azure, nsgId);
    if (!group || rule === null || priority === null) return { because: unfixableReason(azure, now, draft) };
    if (traitsOfEvidence(azure).hasJustInTimeAccess && isUnderJit(group, to)) {
      return {
        because: `${now.because} Just-in-time access controls this port: request access. No rule is proposed that bypasses it.`,
      };
    }
    const earlier = rules.find((one) => isSameId(one.nsgId, group.id));
    const free = freePriority(group, Math.min(priority, earlier?.priority ?? priority), others);
    if (free === null) {
      return {
        because: `${now.because} No free priority is left before it in NSG ${group.name}: its owner must free one.`,
      };
    }
    const before = { rule, priority };
    rules = [...rules.filter((one) => one !== earlier), { nsgId: group.id, priority: free, before }];
    now = evaluateAgain(applyProposal(azure, { ...draft, rules }), denied, draft.port) ?? lost(now);
  }
  if (now.verdict !== "allowed") return { because: `A rule of a security group is not enough. ${now.because}` };
  const checked = NetworkProposal.safeParse({ ...draft, rules });
  if (checked.success) return { proposal: checked.data };
  const issues = checked.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  return { because: `The required rule is not valid as a proposal: ${issues.join("; ")}.` };
}

/** Whether the source is denied, or a part of it is denied by a rule that the proposed rule does not precede yet. */
function deniesSomething({ verdict, decidedBy: { layer, rule }, trace }: NetworkVerdict): boolean {
  if (verdict !== "unknown") return verdict === "denied";
  return trace.some((step) => step.verdict === "denied" && step.layer === layer && step.rule === rule);
}

/** The new verdict for the same source on the same path. */
function evaluateAgain(azure: AzureEvidence, denied: NetworkVerdict, port: number): NetworkVerdict | undefined {
  const there = evaluateNetwork(azure, [denied.source], port).filter(
    ({ destination }) => destination === denied.destination,
  );
  return there.find(({ path }) => path === denied.path);
}

/** The verdict when the path is gone from the changed evidence. */
function lost(verdict: NetworkVerdict): NetworkVerdict {
  return { ...verdict, verdict: "unknown", trace: [] };
}

/**
 * Whether just-in-time access closes this port in the group, even if another rule decides: a proposed rule would bypass
 * just-in-time access too.
 */
function isUnderJit({ rules }: SecurityGroup, { address, port }: Endpoint): boolean {
  const target = { destination: originOf(address, createTopology([])), port, destinationGroups: [] };
  const closing = rules.filter(({ name, access }) => isJitDeny(name) && access === "Deny");
  return readRules(closing, target).rules.length > 0;
}

/** The highest free priority number before `limit`. So the proposed rule precedes as few other rules as possible. */
function freePriority({ id, rules }: SecurityGroup, limit: number, others: readonly NetworkProposal[]): number | null {
  const inbound = rules.filter(({ direction }) => direction === "Inbound").map(({ priority }) => priority);
  const promised = others.flatMap((one) => one.rules).filter(({ nsgId }) => isSameId(nsgId, id));
  const taken = new Set([...inbound, ...promised.map(({ priority }) => priority)]);
  for (let priority = Math.min(limit - 1, 4096); priority >= 100; priority--) {
    if (!taken.has(priority)) return priority;
  }
  return null;
}
