import { expect, test } from "vitest";
import { parseRanges } from "../../lib/core/address.ts";
import type { SecurityRule } from "../../lib/core/network-evidence.ts";
import type { RuleMatch } from "../../lib/network/match.ts";
import { matchesIn, readRules } from "../../lib/network/rule-table.ts";
import { createTopology, originOf } from "../../lib/network/topology.ts";
import { address, rule } from "./network-with.ts";

const around = createTopology(parseRanges(["10.0.0.0/16"]));
const target = { destination: originOf(address("10.0.0.4"), around), port: 3389, destinationGroups: ["/groups/Web"] };

function matchOf(edit: Partial<SecurityRule>, source: string): RuleMatch {
  const [found] = matchesIn(readRules([rule(edit)], target), originOf(address(source), around));
  return found?.match ?? "no";
}

const inside = "10.0.1.9";
const client = "203.0.113.7";

test.each<[string, Partial<SecurityRule>, string, string]>([
  ["outbound", { direction: "Outbound" }, client, "no"],
  ["any protocol", { protocol: "*" }, client, "yes"],
  ["any protocol, as effective rules write it", { protocol: "All" }, client, "yes"],
  ["any protocol, as rules of administrators write it", { protocol: "Any" }, client, "yes"],
  ["TCP in another case", { protocol: "TCP" }, client, "yes"],
  ["UDP", { protocol: "Udp" }, client, "no"],
  ["ICMP", { protocol: "Icmp" }, client, "no"],
  ["ESP", { protocol: "Esp" }, client, "no"],
  ["AH", { protocol: "Ah" }, client, "no"],
  ["a protocol that nobody knows", { protocol: "6" }, client, "unknown"],
  ["a range of ports", { destinationPorts: ["80", "3000-4000"] }, client, "yes"],
  ["other ports", { destinationPorts: ["80", "3390-4000"] }, client, "no"],
  ["ports that are no ports", { destinationPorts: ["rdp"] }, client, "unknown"],
  ["a range of ports that ends before it begins", { destinationPorts: ["4000-3000"] }, client, "unknown"],
  ["every port of the client", { sourcePorts: ["0-65535"] }, client, "yes"],
  ["a port that no client calls from", { sourcePorts: ["443"] }, client, "no"],
  ["ports that a client may call from", { sourcePorts: ["49152-65535"] }, client, "unknown"],
  ["one port of so many that no client calls from it", { sourcePorts: ["3389"] }, client, "no"],
  ["every port of the client, in two parts", { sourcePorts: ["0-1023", "1024-65535"] }, client, "yes"],
  ["a word for ports", { sourcePorts: ["RPC"] }, client, "unknown"],
  ["another source", { sources: ["10.0.0.0/16"] }, client, "no"],
  ["one of several sources", { sources: ["10.0.0.0/16", "203.0.113.0/24"] }, client, "yes"],
  ["a tag beside a source that is not this one", { sources: ["Storage", "10.0.0.0/16"] }, client, "unknown"],
  ["a tag beside a source that is this one", { sources: ["Storage", "203.0.113.0/24"] }, client, "yes"],
  ["the VM's address", { destinations: ["10.0.0.4"] }, client, "yes"],
  ["another VM's address", { destinations: ["10.0.0.5"] }, client, "no"],
  ["the public address, which is gone when a group looks", { destinations: ["20.50.1.1"] }, client, "no"],
  ["the VM's network", { destinations: ["VirtualNetwork"] }, client, "yes"],
  ["a group of the VM", { destinations: [], destinationGroups: ["/groups/web"] }, client, "yes"],
  ["a group of other VMs", { destinations: [], destinationGroups: ["/groups/sql"] }, client, "no"],
  ["clients in a group, asked from the network", { sources: [], sourceGroups: ["/groups/ops"] }, inside, "unknown"],
  ["clients in a group, asked from the Internet", { sources: [], sourceGroups: ["/groups/ops"] }, client, "no"],
])("%s", (_, edit, source, match) => {
  expect(matchOf(edit, source)).toBe(match);
});

test("matching rules come by priority, whichever way they were listed", () => {
  const rules = [300, 100, 200].map((priority) => rule({ name: `p${priority}`, priority }));
  const others = [rule({ destinationPorts: ["443"] }), rule({ destinations: ["10.0.9.9"] })];
  const table = readRules([...rules, ...others], target);
  const names = matchesIn(table, originOf(address(client), around)).map((found) => found.rule.name);
  expect(names).toEqual(["p100", "p200", "p300"]);
});
