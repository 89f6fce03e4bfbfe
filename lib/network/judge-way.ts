import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type AdminFate, evaluateAdmin } from "./admin.ts";
import { entranceOf } from "./front.ts";
import { evaluateGroup } from "./group.ts";
import { type Point, plainPoint } from "./point.ts";
import type { Origin } from "./surroundings.ts";
import type { Hop, Way } from "./way.ts";

/** What becomes of a packet from one origin. */
export interface Decision {
  readonly verdict: NetworkVerdict["verdict"];
  readonly decider: Point;
  /** In the order in which the packet meets them, up to the one that denies it. */
  readonly trace: readonly Point[];
}

/** Judges one client address on one way: what stands in front, the administrator's rules, then the security groups. */
export function judgeWay(way: Way, origin: Origin, hops: readonly Hop[] = way.hops): Decision {
  const { point: entrance, closed } = entranceOf(way, origin, hops.length === 0);
  const admin = judgeAdmin(way.admin, origin);
  const inner = hops.length > 0 ? hops.map((hop) => judgeHop(hop, origin)) : [openPoint];
  const behind = decideBehindAdmin(admin, inner);
  if (closed && admin.fates.has("deliver")) {
    const why = `${admin.point.why}, and whether that opens a Standard public address is not documented`;
    return decision({ ...admin.point, verdict: "unknown", why }, [entrance, admin.point, ...inner]);
  }
  if (closed) return decision(closed, [closed]);
  if (entrance?.verdict === "denied") return decision(entrance, [entrance]);
  // A denial inside is sure, whatever the entrance lets in.
  const doubtful = entrance?.verdict === "unknown" && behind.verdict !== "denied";
  return decision(doubtful ? entrance : behind, [entrance, admin.point, ...inner]);
}

const openPoint = plainPoint("no-nsg", "allowed", "no network security group stands between them");

function decision(decider: Point, met: readonly (Point | null)[]): Decision {
  const points = met.filter((point) => point !== null);
  const ends = decider.verdict === "denied" || (decider.layer === "admin-rules" && decider.verdict === "allowed");
  const end = ends ? points.indexOf(decider) + 1 : points.length;
  const { verdict } = decider;
  return { verdict: verdict === "passed" ? "unknown" : verdict, decider, trace: points.slice(0, end) };
}

interface AdminJudgement {
  readonly fates: ReadonlySet<AdminFate>;
  readonly point: Point;
}

/** The groups have the word unless an administrator's rule takes it, or may take it and would say otherwise. */
function decideBehindAdmin({ fates, point }: AdminJudgement, inner: readonly Point[]): Point {
  const decides =
    inner.find(({ verdict }) => verdict === "denied") ??
    inner.find(({ verdict }) => verdict === "unknown") ??
    inner.at(-1) ??
    openPoint;
  const settled = fates.size === 1 && !fates.has("continue");
  if (settled) return point;
  if (fates.size === 1) return decides;
  if (decides.verdict === "denied" && !fates.has("deliver")) return decides;
  if (decides.verdict === "allowed" && !fates.has("drop")) return decides;
  return point;
}

function judgeAdmin(admin: Way["admin"], origin: Origin): AdminJudgement {
  if ("unreadable" in admin) {
    const why = `the security admin rules could not be read: ${admin.unreadable}`;
    return { fates: new Set(["drop", "deliver", "continue"]), point: plainPoint("admin-rules", "unknown", why) };
  }
  const { fates, rule } = evaluateAdmin(admin, origin);
  if (!rule) return { fates, point: plainPoint("admin-rules", "passed", "no security admin rule speaks about it") };
  const [fate] = fates.size === 1 ? fates : [];
  const verdicts = { drop: "denied", deliver: "allowed", continue: "passed" } as const;
  const does = { drop: "denies it", deliver: "always allows it", continue: "leaves it to the security groups" };
  const why = `security admin rule ${rule.name} (priority ${rule.priority}) ${fate ? does[fate] : "may apply to it"}`;
  const point = plainPoint("admin-rules", fate ? verdicts[fate] : "unknown", why);
  return { fates, point: { ...point, rule: rule.name, priority: rule.priority } };
}

function judgeHop({ layer, group }: Hop, origin: Origin): Point {
  const side = layer === "subnet-nsg" ? "subnet" : "NIC";
  if ("unreadable" in group) {
    const why = `the network security group of the ${side} could not be read: ${group.unreadable}`;
    return plainPoint(layer, "unknown", why);
  }
  const { verdict, rule } = evaluateGroup(group.rules, origin);
  const where = `NSG ${group.name} of the ${side}`;
  const what = rule ? `rule ${rule.name} (priority ${rule.priority}) in ${where}` : `no rule that was read in ${where}`;
  const does = {
    allowed: "allows it",
    denied: "denies it",
    unknown: rule ? `would ${rule.access.toLowerCase()} it, if it applies` : "decides about it",
  };
  return {
    layer,
    verdict,
    nsg: group.name,
    nsgId: group.id,
    rule: rule?.name ?? null,
    priority: rule?.priority ?? null,
    why: `${what} ${does[verdict]}`,
  };
}
