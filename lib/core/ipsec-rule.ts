import type { AddressRange } from "./address.ts";
import { readRemoteAddress } from "./firewall-scope.ts";
import type { FirewallSection } from "./guest-evidence.ts";

type IpsecRule = NonNullable<FirewallSection["ipsec"]>[number];

/**
 * What a connection security rule does to clients that do not speak IPsec.
 * - `blocks`: packets are dropped without a log
 * - `may-block`: it depends on a condition that is not evaluated
 * - `passes`: it is for other connections, or does not demand IPsec
 */
export type IpsecEffect = {
  readonly effect: "blocks" | "may-block" | "passes";
  /** For `blocks`: the only clients that it is for; `null`: all. */
  readonly remote: readonly AddressRange[] | null;
  /** For `may-block`: the condition, in Windows' own spelling. */
  readonly condition: string | null;
};

const passes: IpsecEffect = { effect: "passes", remote: null, condition: null };

/** The keys of a rule that say nothing about which packets it is for. */
const silent = [
  "active",
  "action",
  "name",
  "desc",
  "embedctxt",
  "profile",
  "protocol",
  "auth1set",
  "auth2set",
  "cryptoset",
];
const silentEp1 = ["ep1port", "ep1port2_10"];

/**
 * Reads a rule of the form `v2.31|Active=TRUE|Action=SecureServer|...` for one profile and port. It blocks when it is on,
 * demands IPsec (Secure, SecureServer), and is for TCP and the port, or for all. An absent profile means every profile.
 * A condition that is not understood never counts as absent. [GPFAS 2.2.6.2][IPS]
 */
export function effectOf(
  { text }: Pick<IpsecRule, "text">,
  profile: FirewallSection["profiles"][number]["name"],
  port: number,
): IpsecEffect {
  if (text === null) return { effect: "may-block", remote: null, condition: "its text could not be read" };
  const fields = text
    .split("|")
    .slice(1)
    .filter((field) => field !== "")
    .map((field) => /^([^=]*)=(.*)$/.exec(field)?.slice(1) ?? [field, ""])
    .map(([key = "", value = ""]) => ({ key: key.toLowerCase(), value, field: `${key}=${value}` }));
  const of = (...keys: string[]) => fields.filter(({ key }) => keys.includes(key)).map(({ value }) => value);
  const [active, action, profiles, protocols] = [of("active"), of("action"), of("profile"), of("protocol")];
  const repeated = active.length > 1 || action.length > 1;
  if (!active.some(isTrue) || !action.some((word) => /^secure(server)?$/i.test(word))) return passes;
  if (profiles.length > 0 && !profiles.some((one) => one.toLowerCase() === profile.toLowerCase())) return passes;
  if (protocols.length > 0 && !protocols.includes("6")) return passes;
  const ports = of("ep1port", "ep1port2_10").flatMap((list) => list.split(","));
  const named = ports.map((one) => portsHold(one, port));
  if (ports.length > 0 && named.every((one) => one === "no")) return passes;
  const remote = of("ep2_4", "ep2_6").map((one) => readRemoteAddress(one, null));
  const odd = fields.find(({ key }) => ![...silent, ...silentEp1, "ep2_4", "ep2_6"].includes(key));
  const unclear = odd?.field ?? (named.includes("yes") || ports.length === 0 ? null : `EP1Port=${ports.join(",")}`);
  if (repeated || unclear || remote.includes(null)) {
    return { effect: "may-block", remote: null, condition: unclear ?? (repeated ? "a repeated field" : "EP2") };
  }
  const ranges = remote.flatMap((one) => one ?? []);
  return { effect: "blocks", remote: ranges.length > 0 ? ranges : null, condition: null };
}

function isTrue(word: string): boolean {
  return /^true$/i.test(word);
}

function portsHold(text: string, port: number): "yes" | "no" | "unknown" {
  const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) ?? [];
  if (low === undefined) return "unknown";
  return Number(low) <= port && port <= Number(high) ? "yes" : "no";
}
