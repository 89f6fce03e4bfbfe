import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { addressFits, decideByLines, inPrefix, type OracleRule } from "../../sandbox/azure/network/network-oracle.ts";
import { expectedOf, scenarios } from "./random-network.ts";

describe("the oracle itself", () => {
  const words = { inside: ["10.0.0.0/16"], words: { storage: ["20.60.0.0/16"] } };

  test.each([
    ["10.0.0.0/16", "10.0.255.1", true],
    ["10.0.0.0/16", "10.1.0.1", false],
    ["10.0.0.4", "10.0.0.4", true],
    ["0.0.0.0/0", "203.0.113.7", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
  ])("%s has %s: %s", (prefix, address, has) => {
    expect(inPrefix(prefix, address)).toBe(has);
  });

  test.each([
    ["VirtualNetwork", ["10.0.1.1", "168.63.129.16"], ["203.0.113.7", "172.16.0.1"]],
    ["Internet", ["203.0.113.7", "2001:db8::1"], ["10.0.1.1", "172.16.0.1", "168.63.129.16", "fe80::1"]],
    ["AzureLoadBalancer", ["168.63.129.16"], ["10.0.1.1"]],
    ["Storage", ["20.60.9.9"], ["20.61.0.0"]],
    ["NobodyKnows", [], ["20.60.9.9", "10.0.0.1"]],
  ])("%s", (word, has, hasNot) => {
    expect(has.map((address) => addressFits(word, address, words))).toEqual(has.map(() => true));
    expect(hasNot.map((address) => addressFits(word, address, words))).toEqual(hasNot.map(() => false));
  });

  test("the line of least priority wins", () => {
    const rule = (priority: number, edit: Partial<OracleRule> = {}): OracleRule => ({
      name: `p${priority}`,
      priority,
      access: "Allow",
      direction: "Inbound",
      protocol: "Tcp",
      sources: ["10.0.9.0/24", "203.0.113.0/24"],
      sourcePorts: ["*"],
      destinations: ["*"],
      ports: ["22", "3000-4000"],
      ...edit,
    });
    const flow = { source: "203.0.113.7", destination: "10.0.0.4", port: 3389, sourcePort: 50_000 };
    const rules = [rule(300), rule(100, { ports: ["22"] }), rule(200), rule(90, { direction: "Outbound" })];
    expect(decideByLines(rules, flow, words)?.name).toBe("p200");
    expect(decideByLines(rules, { ...flow, source: "198.51.100.1" }, words)).toBeNull();
  });
});

test("the evaluation agrees with the oracle on thousands of random networks, and names the same rule", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const [verdict, ...others] = evaluateNetwork(scenario.azure, [scenario.source], scenario.port);
      const expected = expectedOf(scenario);
      seen.set(expected.verdict, (seen.get(expected.verdict) ?? 0) + 1);
      expect(others).toEqual([]);
      expect(verdict).toMatchObject({ verdict: expected.verdict });
      if (expected.rule !== undefined) expect(verdict?.decidedBy.rule).toBe(expected.rule);
    }),
    { numRuns: 4000 },
  );
  for (const word of ["allowed", "denied", "unknown"]) expect(seen.get(word) ?? 0).toBeGreaterThan(100);
});
