import type { SecurityRule } from "../core/network-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { evaluateIngress } from "./ingress.ts";
import type { NetworkPath, SecurityGroupHop } from "./network-path.ts";
import { evaluateReturnRoute, evaluateSecondaryNic } from "./return-route.ts";
import type { NearMiss } from "./rule-table.ts";
import { type AdminEffect, evaluateSecurityAdminRules } from "./security-admin-rules.ts";
import { evaluateSecurityGroup } from "./security-group.ts";
import type { Origin } from "./topology.ts";
import { hopWithoutRule, type TraceHop } from "./trace-hop.ts";

/** The verdict on a packet from one origin. */
export interface PathVerdict {
  readonly verdict: NetworkVerdict["verdict"];
  readonly decider: TraceHop;
  /** In packet order, up to the hop that denies it. */
  readonly trace: readonly TraceHop[];
}

/**
 * Evaluates one path for one client address: the Bastion host that the source is (`bastion`) or the ingress, the security
 * admin rules, the security groups, then the route of the answers.
 */
export function evaluatePath(
  path: NetworkPath,
  origin: Origin,
  hops: readonly SecurityGroupHop[] = path.hops,
  bastion: TraceHop | null = null,
): PathVerdict {
  const arrival = evaluateArrival(path, origin, hops, bastion);
  const back =
    arrival.verdict === "denied"
      ? null
      : (evaluateReturnRoute(path.routes, path.ingress, origin) ??
        evaluateSecondaryNic(path.secondaryNic, path.ingress, origin));
  if (!back) return arrival;
  const trace = [...arrival.trace, back];
  const decides = back.verdict === "denied" || (back.verdict === "unknown" && arrival.verdict === "allowed");
  return decides
    ? { verdict: back.verdict === "denied" ? "denied" : "unknown", decider: back, trace }
    : { ...arrival, trace };
}

function evaluateArrival(
  path: NetworkPath,
  origin: Origin,
  hops: readonly SecurityGroupHop[],
  bastion: TraceHop | null,
): PathVerdict {
  const { hop: ingress, closed } = bastion
    ? { hop: bastion, closed: null }
    : evaluateIngress(path, origin, hops.length === 0);
  const admin = evaluateAdminRules(path.admin, origin);
  const inner = hops.length > 0 ? hops.map((hop) => evaluateSecurityGroupHop(hop, origin)) : [noSecurityGroupHop];
  const behind = decideBehindAdmin(admin, inner);
  if (closed && admin.fates.has("deliver")) {
    const why = `${admin.hop.why}, and whether that opens a Standard public address is not documented`;
    return pathVerdict({ ...admin.hop, verdict: "unknown", why }, [ingress, admin.hop, ...inner]);
  }
  if (closed) return pathVerdict(closed, [closed]);
  if (ingress?.verdict === "denied") return pathVerdict(ingress, [ingress]);
  // A denial behind the ingress is certain, whatever the ingress does.
  const doubtful = ingress?.verdict === "unknown" && behind.verdict !== "denied";
  return pathVerdict(doubtful ? ingress : behind, [ingress, admin.hop, ...inner]);
}

const noSecurityGroupHop = hopWithoutRule("no-nsg", "allowed", "no network security group stands between them");

function pathVerdict(decider: TraceHop, met: readonly (TraceHop | null)[]): PathVerdict {
  const points = met.filter((point) => point !== null);
  const ends = decider.verdict === "denied" || (decider.layer === "admin-rules" && decider.verdict === "allowed");
  const end = ends ? points.indexOf(decider) + 1 : points.length;
  const { verdict } = decider;
  return { verdict: verdict === "passed" ? "unknown" : verdict, decider, trace: points.slice(0, end) };
}

interface AdminEvaluation {
  readonly fates: ReadonlySet<AdminEffect>;
  readonly hop: TraceHop;
}

/** The security groups decide, unless a security admin rule decides first, or may do so with another verdict. */
function decideBehindAdmin({ fates, hop }: AdminEvaluation, inner: readonly TraceHop[]): TraceHop {
  const decides =
    inner.find(({ verdict }) => verdict === "denied") ??
    inner.find(({ verdict }) => verdict === "unknown") ??
    inner.at(-1) ??
    noSecurityGroupHop;
  const settled = fates.size === 1 && !fates.has("continue");
  if (settled) return hop;
  if (fates.size === 1) return decides;
  if (decides.verdict === "denied" && !fates.has("deliver")) return decides;
  if (decides.verdict === "allowed" && !fates.has("drop")) return decides;
  return hop;
}

function evaluateAdminRules(admin: NetworkPath["admin"], origin: Origin): AdminEvaluation {
  if ("unreadable" in admin) {
    const why = `the security admin rules could not be read: ${admin.unreadable}`;
    return { fates: new Set(["drop", "deliver", "continue"]), hop: hopWithoutRule("admin-rules", "unknown", why) };
  }
  const { effects, rule } = evaluateSecurityAdminRules(admin, origin);
  if (!rule) return { fates: effects, hop: hopWithoutRule("admin-rules", "passed", "no security admin rule matches") };
  const [fate] = effects.size === 1 ? effects : [];
  const verdicts = { drop: "denied", deliver: "allowed", continue: "passed" } as const;
  const does = { drop: "denies it", deliver: "always allows it", continue: "leaves it to the security groups" };
  const why = `security admin rule ${rule.name} (priority ${rule.priority}) ${fate ? does[fate] : "may apply to it"}`;
  const point = hopWithoutRule("admin-rules", fate ? verdicts[fate] : "unknown", why);
  return { fates: effects, hop: { ...point, rule: rule.name, priority: rule.priority } };
}

function evaluateSecurityGroupHop({ layer, group }: SecurityGroupHop, origin: Origin): TraceHop {
  const side = layer === "subnet-nsg" ? "subnet" : "NIC";
  if ("unreadable" in group) {
    const why = `the network security group of the ${side} could not be read: ${group.unreadable}`;
    return hopWithoutRule(layer, "unknown", why);
  }
  const { verdict, rule, missed, missedBySource } = evaluateSecurityGroup(group.rules, origin);
  const where = `NSG ${group.name} of the ${side}`;
  const what = rule ? `rule ${rule.name} (priority ${rule.priority}) in ${where}` : `no rule that was read in ${where}`;
  const does = {
    allowed: "allows it",
    denied: "denies it",
    unknown: rule ? `would ${rule.access.toLowerCase()} it, if it applies${sourcePortsOf(rule)}` : "decides about it",
  };
  const other = missed ? ` (${describeMiss(missed, group.isFloating)})` : "";
  return {
    layer,
    verdict,
    nsg: group.name,
    nsgId: group.id,
    rule: rule?.name ?? null,
    priority: rule?.priority ?? null,
    why: `${what} ${does[verdict]}${other}`,
    ...(missed && { nearMiss: true }),
    ...(missedBySource && {
      hint: `rule ${missedBySource.name} is for ${listed(missedBySource.sources, missedBySource.sourceGroups)} alone`,
    }),
  };
}

/** Why a rule that seems to be for Remote Desktop does not apply, as a clause. */
function describeMiss({ rule, field }: NearMiss<SecurityRule>, isFloating: boolean): string {
  switch (field) {
    case "source-ports":
      return `rule ${rule.name} is for the source ports ${rule.sourcePorts.join(", ")} alone, and clients use others: its source ports must be *`;
    case "protocol":
      return `rule ${rule.name} is for ${rule.protocol.toUpperCase()}, and Remote Desktop needs TCP`;
    case "destination":
      return `rule ${rule.name} is for the destination ${listed(rule.destinations, rule.destinationGroups)} alone, ${rule.destinationGroups.length > 0 ? "of which this NIC is no member" : isFloating ? "and with a floating IP rules see the address of the front end" : "which is not this VM's private address"}`;
    case "destination-ports":
      return `rule ${rule.name} is for port ${listed(rule.destinationPorts, [])}, and rules see the port of the VM itself`;
  }
}

/** A few of a rule's prefixes, and its application security groups by their names. */
function listed(prefixes: readonly string[], groups: readonly string[]): string {
  const names = groups.map((id) => `application security group ${id.split("/").at(-1)}`);
  // Azure's effective rules write one port as a range.
  const all = [...prefixes.map((text) => text.replace(/^(\d+)-\1$/, "$1").replace(/\/32$/, "")), ...names];
  return all.length > 3 ? `${all.slice(0, 3).join(", ")} and ${all.length - 3} more` : all.join(", ");
}

/** A rule for some source ports may or may not match: which one a client uses is not known. */
function sourcePortsOf({ sourcePorts }: { sourcePorts: readonly string[] }): string {
  return sourcePorts.some((range) => /^(\*|any|0-65535)$/i.test(range))
    ? ""
    : ` (it is for the source ports ${sourcePorts.join(", ")})`;
}
