import { accessPathsOf } from "../core/access-paths.ts";
import { parseEndpoint } from "../core/address.ts";
import { isJitAllow } from "../core/jit.ts";
import type { NetworkEvidence } from "../core/network-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { isDue, type LockoutRule } from "./lockout.ts";

/**
 * A rule that lets people in for a time: one that the network's owner deployed for a run, or one of just-in-time access.
 * It is told for each source that nothing else lets in.
 */
export const accessEnds: LockoutRule = (evidence, until) => {
  const { network } = evidence.azure;
  if (!("interfaces" in network)) return [];
  return accessPathsOf(evidence).flatMap(({ source, verdicts }) => {
    const allowed = verdicts.filter(({ verdict }) => verdict === "allowed");
    const ends = allowed.map((verdict) => endOf(verdict, network));
    const last = ends.toSorted().at(-1);
    if (!last || ends.includes(null) || !isDue(last, evidence, until)) return [];
    const rule = allowed[ends.indexOf(last)]?.decidedBy.rule ?? "";
    return [
      {
        kind: "access-ends",
        when: { on: "date", at: last },
        because: `${source} gets in by rule ${rule} alone, which ends on ${last}.`,
        cure: isJitAllow(rule)
          ? "Request just-in-time access again when it is needed."
          : "Ask the network's owner for a lasting rule, if access is still needed then.",
      },
    ];
  });
};

/** When the rule behind an allowed verdict ends (RFC 3339); `null`: it does not. */
function endOf({ decidedBy, destination }: NetworkVerdict, { interfaces, jit }: NetworkEvidence): string | null {
  if (decidedBy.rule === null) return null;
  if (isJitAllow(decidedBy.rule)) {
    const grants = jit && "grants" in jit ? (jit.grants ?? []) : [];
    const port = parseEndpoint(destination)?.port;
    const ends = grants.filter((grant) => grant.port === port).map(({ endsAt }) => endsAt);
    return ends.toSorted().at(-1) ?? null;
  }
  const groups = interfaces.flatMap(({ securityGroup, ipConfigurations }) => [
    securityGroup,
    ...ipConfigurations.map(({ subnet }) => subnet.securityGroup),
  ]);
  const rules = groups.flatMap((group) => (group && "rules" in group ? group.rules : []));
  return rules.find(({ name, expiresAt }) => name === decidedBy.rule && expiresAt)?.expiresAt ?? null;
}
