/*
 * Decides what happens to a packet in this Azure, in the simplest way: every rule is expanded to one line per source,
 * port and destination; the matching lines are kept; the one with the lowest priority number decides. Addresses are
 * compared as strings of binary digits. No code is shared with the product, whose evaluation is tested against this.
 */

/** One rule as ARM has it in `properties`, singular or plural. */
export interface OracleRule {
  readonly name: string;
  readonly priority: number;
  readonly access: string;
  readonly direction: string;
  readonly protocol: string;
  readonly sources: readonly string[];
  readonly sourcePorts: readonly string[];
  readonly destinations: readonly string[];
  readonly ports: readonly string[];
}

/** One TCP connection. */
export interface OracleFlow {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly sourcePort: number;
}

/** The prefixes for which a word in a rule stands, by lower-case word. `Internet` is what is outside of `inside`. */
export interface OracleWords {
  readonly inside: readonly string[];
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** The rule that decides; `null` when none matches. */
export function decideByLines(rules: readonly OracleRule[], flow: OracleFlow, words: OracleWords): OracleRule | null {
  const lines = rules.flatMap((rule) =>
    rule.sources.flatMap((source) =>
      rule.sourcePorts.flatMap((sourcePort) =>
        rule.destinations.flatMap((destination) =>
          rule.ports.map((port) => ({ rule, source, sourcePort, destination, port })),
        ),
      ),
    ),
  );
  const fitting = lines.filter(
    ({ rule, source, sourcePort, destination, port }) =>
      rule.direction === "Inbound" &&
      ["Tcp", "*", "All", "Any"].includes(rule.protocol) &&
      portFits(sourcePort, flow.sourcePort) &&
      portFits(port, flow.port) &&
      addressFits(source, flow.source, words) &&
      addressFits(destination, flow.destination, words),
  );
  fitting.sort((one, other) => one.rule.priority - other.rule.priority);
  return fitting[0]?.rule ?? null;
}

function portFits(range: string, port: number): boolean {
  if (range === "*") return true;
  const ends = range.split("-").map(Number);
  return port >= Math.min(...ends) && port <= Math.max(...ends);
}

/** Ranges without public hosts, which are never part of `Internet`. */
const notPublic = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "255.255.255.255",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
  "::/127",
];
const platform = ["168.63.129.16"];

export function addressFits(prefix: string, address: string, { inside, words }: OracleWords): boolean {
  const word = prefix.toLowerCase();
  if (word === "*") return true;
  if (word === "virtualnetwork") return [...inside, ...platform].some((one) => inPrefix(one, address));
  if (word === "internet") return ![...inside, ...platform, ...notPublic].some((one) => inPrefix(one, address));
  if (word === "azureloadbalancer") return platform.some((one) => inPrefix(one, address));
  const listed = words[word];
  if (listed) return listed.some((one) => inPrefix(one, address));
  return /^[\d.]+(\/\d+)?$|:/.test(prefix) && inPrefix(prefix, address);
}

/** Whether the binary digits of an address begin with those of a prefix. */
export function inPrefix(prefix: string, address: string): boolean {
  const [head = "", length] = prefix.split("/");
  const wanted = bitsOf(head);
  const given = bitsOf(address);
  const count = length === undefined ? wanted.length : Number(length);
  return wanted.length === given.length && given.startsWith(wanted.slice(0, count));
}

const knownBits = new Map<string, string>();

function bitsOf(address: string): string {
  const known = knownBits.get(address);
  if (known !== undefined) return known;
  const bits = address.includes(":") ? bitsOf6(address) : bitsOf4(address);
  if (knownBits.size > 50_000) knownBits.clear();
  knownBits.set(address, bits);
  return bits;
}

function bitsOf4(address: string): string {
  return address
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
}

function bitsOf6(address: string): string {
  const [left = "", right] = address.split("::");
  const words = (text: string | undefined) => (text ? text.split(":") : []);
  const head = words(left);
  const tail = words(right);
  const middle = Array.from({ length: right === undefined ? 0 : 8 - head.length - tail.length }, () => "0");
  return [...head, ...middle, ...tail].map((word) => Number.parseInt(word, 16).toString(2).padStart(16, "0")).join("");
}

export interface OracleNetwork {
  /** `null`: no network manager applies. */
  readonly admin: readonly OracleRule[];
  /** The security groups in packet order. */
  readonly groups: readonly (readonly OracleRule[])[];
}

/** The verdict on a connection and the rule that decides; `null` when no rule decides. */
export function decideFlow(
  { admin, groups }: OracleNetwork,
  flow: OracleFlow,
  words: OracleWords,
): { access: "Allow" | "Deny"; rule: OracleRule | null } {
  const first = decideByLines(admin, flow, words);
  if (first?.access === "Deny") return { access: "Deny", rule: first };
  if (first?.access === "AlwaysAllow") return { access: "Allow", rule: first };
  const said = groups.map((rules) => decideByLines(rules, flow, words));
  const denied = said.findIndex((rule) => rule?.access !== "Allow");
  if (denied >= 0) return { access: "Deny", rule: said[denied] ?? null };
  return { access: "Allow", rule: said.at(-1) ?? null };
}

/** One route as ARM has it in `properties`. */
export interface OracleRoute {
  readonly name: string;
  readonly source: "User" | "VirtualNetworkGateway" | "Default";
  readonly addressPrefix: string;
  readonly nextHopType: string;
  readonly nextHopIpAddress: string | null;
}

const routeOrder = ["User", "VirtualNetworkGateway", "Default"];

/**
 * The route of a packet: of those whose digits the address begins with, the one with most digits; of equal ones that of
 * the route table, then that of the gateway. [MS: how Azure selects a route]
 */
export function decideRoute(routes: readonly OracleRoute[], address: string): OracleRoute | null {
  let best: OracleRoute | null = null;
  for (const route of routes) {
    if (!/^[\d.]+(\/\d+)?$|:/.test(route.addressPrefix) || !inPrefix(route.addressPrefix, address)) continue;
    const digits = digitsOf(route) - (best ? digitsOf(best) : -1);
    const order = best ? routeOrder.indexOf(best.source) - routeOrder.indexOf(route.source) : 0;
    if (digits > 0 || (digits === 0 && order > 0)) best = route;
  }
  return best;
}

function digitsOf({ addressPrefix }: OracleRoute): number {
  const [address = "", length] = addressPrefix.split("/");
  return length === undefined ? (address.includes(":") ? 128 : 32) : Number(length);
}
