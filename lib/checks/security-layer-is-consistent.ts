import { type Check, type CheckResult, faulty, healthy } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";
import { type Effective, effective } from "./_registry.ts";
import { judgeFrom, worst } from "./_section.ts";

/** Layer 0 is RDP's own encryption, 1 negotiates, 2 is TLS; level 1 is the lowest; NLA is UserAuthentication. [WMI][ADMX] */
export const securityLayerIsConsistent: Check = {
  id: "security-layer-is-consistent",
  title: "Security layer, encryption level and NLA go together",
  run: judgeFrom(["registry"], ({ registry }) => {
    const layer = effective(registry, "SecurityLayer");
    const level = effective(registry, "MinEncryptionLevel");
    const nla = effective(registry, "UserAuthentication");
    const facts = { layer: spell(layer), level: spell(level), nla: spell(nla) };
    const faults = [
      layer.value === 0 ? fault(layer, "connections go without TLS", facts) : null,
      nla.value === 0 ? fault(nla, "connections go without NLA", facts) : null,
      layer.value === 2 && level.value === 1
        ? fault(level, "that level does not go with TLS (SecurityLayer 2)", facts)
        : null,
    ].filter((result) => result !== null);
    const found = `SecurityLayer ${facts.layer}, MinEncryptionLevel ${facts.level}, UserAuthentication ${facts.nla}`;
    return worst(faults) ?? healthy(`These go together: ${found}.`, facts);
  }),
};

function fault({ source, byPolicy }: Effective, means: string, facts: Finding["evidence"]): CheckResult {
  if (byPolicy) return faulty(`Group policy: ${source}, so ${means}. The owner of the policy must act.`, [], facts);
  return faulty(`${source}, so ${means}.`, ["restore-security-layer"], facts);
}

function spell({ value, byPolicy }: Effective): string {
  if (value === null) return "absent (default)";
  return `${value} (${byPolicy ? "policy" : "local"})`;
}
