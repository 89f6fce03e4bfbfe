import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRanges } from "../../lib/core/address.ts";
import type { SecurityGroup, SecurityRule } from "../../lib/core/network-evidence.ts";
import { readRules } from "../../lib/network/rule-table.ts";
import { evaluateSecurityGroup, type SecurityGroupVerdict } from "../../lib/network/security-group.ts";
import { createTopology, originOf } from "../../lib/network/topology.ts";
import { address, group, rule } from "./network-with.ts";

const around = createTopology(parseRanges(["10.0.0.0/16"]), { hasUnlistedRoutes: true });

function evaluate({ rules }: Pick<SecurityGroup, "rules">, source: string): SecurityGroupVerdict {
  const target = { destination: originOf(address("10.0.0.4"), around), port: 3389, destinationGroups: [] };
  return evaluateSecurityGroup(readRules(rules, target), originOf(address(source), around));
}

describe("the first rule by priority that matches", () => {
  const allow = rule({ name: "allow", priority: 200 });
  const deny = rule({ name: "deny", priority: 300, access: "Deny" });

  test("decides, wherever it stands in the list", () => {
    expect(evaluate(group("g", allow, deny), "203.0.113.7")).toEqual({ verdict: "allowed", rule: allow });
    expect(evaluate(group("g", { ...allow, priority: 400 }, deny), "203.0.113.7")).toEqual({
      verdict: "denied",
      rule: deny,
    });
  });

  test("is a default one where no other matches", () => {
    const byDefault = (source: string) => evaluate(group("g"), source);
    expect(byDefault("10.0.7.7")).toMatchObject({ verdict: "allowed", rule: { name: "AllowVnetInBound" } });
    expect(byDefault("203.0.113.7")).toMatchObject({ verdict: "denied", rule: { name: "DenyAllInBound" } });
    expect(byDefault("168.63.129.16")).toMatchObject({ verdict: "allowed", rule: { name: "AllowVnetInBound" } });
    expect(byDefault("172.16.0.1")).toMatchObject({ verdict: "unknown", rule: { name: "AllowVnetInBound" } });
  });
});

describe("a rule that may match", () => {
  const maybe = rule({ name: "maybe", priority: 150, sources: ["AzureCloud"], access: "Deny" });

  test("makes the verdict unknown, and is named, when it says otherwise", () => {
    const allow = rule({ name: "allow", priority: 200 });
    expect(evaluate(group("g", maybe, allow), "203.0.113.7")).toEqual({ verdict: "unknown", rule: maybe });
  });

  test("does no harm when it says the same, or comes too late", () => {
    expect(evaluate(group("g", maybe), "203.0.113.7")).toMatchObject({
      verdict: "denied",
      rule: { name: "DenyAllInBound" },
    });
    const allow = rule({ name: "allow", priority: 120 });
    expect(evaluate(group("g", maybe, allow), "203.0.113.7")).toEqual({ verdict: "allowed", rule: allow });
  });
});

test("a group whose rules were not all read decides nothing", () => {
  const rules = [rule({ name: "other-port", destinationPorts: ["443"] })];
  expect(evaluate({ rules }, "203.0.113.7")).toEqual({ verdict: "unknown", rule: null });
});

/*
 * The oracle: a rule whose match is not known either matches or does not. It tries both for each such rule, walks the
 * rules from the top, and calls unknown what comes out in more than one way. Prefixes are compared as text.
 */
describe("against an oracle that tries every possibility", () => {
  const prefixes = [
    "*",
    "203.0.113.0/24",
    "203.0.113.7",
    "198.51.100.0/24",
    "Internet",
    "VirtualNetwork",
    "Storage",
    "AzureCloud",
  ];
  const sources = ["203.0.113.7", "203.0.113.8", "198.51.100.1", "10.0.3.3", "172.16.3.3"];

  const matchOf = (prefix: string, source: string): boolean | "either" => {
    const home = source.startsWith("10.0.");
    const elsewhere = source.startsWith("172.16.");
    switch (prefix) {
      case "*":
        return true;
      case "Internet":
        return !home && !elsewhere;
      case "VirtualNetwork":
        return elsewhere ? "either" : home;
      case "Storage":
      case "AzureCloud":
        return "either";
      default:
        return prefix.endsWith(".0/24") ? source.startsWith(prefix.slice(0, -"0/24".length)) : source === prefix;
    }
  };

  const someRule = fc.record({
    priority: fc.integer({ min: 100, max: 4096 }),
    access: fc.constantFrom("Allow" as const, "Deny" as const),
    sources: fc.subarray(prefixes, { minLength: 1, maxLength: 3 }),
    destinationPorts: fc.constantFrom<string[]>(["3389"], ["*"], ["3000-4000"], ["443"]),
    protocol: fc.constantFrom("Tcp", "*", "Udp"),
    direction: fc.constantFrom("Inbound" as const, "Inbound" as const, "Outbound" as const),
  });
  const someRules = fc
    .uniqueArray(someRule, { maxLength: 6, selector: ({ priority }) => priority })
    .map((edits) => edits.map((edit, at) => rule({ name: `r${at}`, ...edit })));

  function outcomes(rules: readonly SecurityRule[], source: string): Set<string> {
    const [first, ...rest] = rules;
    if (!first) return new Set(["none"]);
    const speaks = first.direction === "Inbound" && first.protocol !== "Udp" && !first.destinationPorts.includes("443");
    const matches = speaks ? first.sources.map((prefix) => matchOf(prefix, source)) : [false];
    const said = first.access === "Allow" ? "allowed" : "denied";
    if (matches.includes(true)) return new Set([said]);
    const others = outcomes(rest, source);
    return matches.includes("either") ? others.add(said) : others;
  }

  test("verdicts are equal, and the named rule is one that speaks for the verdict", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(someRules, fc.constantFrom(...sources), fc.boolean(), (rules, source, closed) => {
        const all = closed ? group("g", ...rules).rules : rules;
        const ordered = [...all].sort((one, other) => one.priority - other.priority);
        const possible = [...outcomes(ordered, source)];
        const expected = possible.length === 1 && possible[0] !== "none" ? possible[0] : "unknown";
        const { verdict, rule: decided } = evaluate({ rules: all }, source);
        seen.add(verdict);
        expect(verdict).toBe(expected);
        if (verdict === "allowed") expect(decided?.access).toBe("Allow");
        if (verdict === "denied") expect(decided?.access).toBe("Deny");
      }),
      { numRuns: 1000 },
    );
    expect(seen).toEqual(new Set(["allowed", "denied", "unknown"]));
  });
});
