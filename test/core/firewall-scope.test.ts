import { describe, expect, test } from "vitest";
import { parseRange, parseRanges } from "../../lib/core/address.ts";
import { evaluateScope, readRemoteAddress } from "../../lib/core/firewall-scope.ts";
import type { FirewallSection } from "../../lib/core/guest-evidence.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";

type Rule = FirewallSection["rules"][number];

const subnets = parseRanges(["10.0.0.0/24"]);

function firewallWith(...rules: Partial<Rule>[]): FirewallSection {
  const { firewall } = healthyGuestEvidence();
  if ("unreadable" in firewall) throw new Error("The fixture has a firewall.");
  const [first] = firewall.rules;
  if (!first) throw new Error("The fixture has a rule.");
  return { ...firewall, rules: rules.map((rule) => ({ ...first, ...rule })) };
}

function verdictOf(source: string, firewall: FirewallSection, edit: Partial<FirewallSection["profiles"][number]> = {}) {
  const profile = firewall.profiles.find(({ name }) => name === "Public");
  if (!profile) throw new Error("The fixture has a profile.");
  return evaluateScope(parseRanges([source]), firewall, { ...profile, ...edit }, 3389, subnets).verdict;
}

describe("addresses in the firewall's spelling", () => {
  test.each<[string, readonly string[]]>([
    ["203.0.113.7", ["203.0.113.7/32"]],
    ["10.0.0.0/8", ["10.0.0.0/8"]],
    ["10.0.0.0/255.0.0.0", ["10.0.0.0/8"]],
    ["10.1.2.0/255.255.255.128", ["10.1.2.0/25"]],
    ["10.0.0.0-10.0.0.255", ["10.0.0.0/24"]],
    ["LocalSubnet", ["10.0.0.0/24"]],
    ["2001:db8::/32", ["2001:db8::/32"]],
  ])("%s", (text, ranges) => {
    expect(readRemoteAddress(text, subnets)).toEqual(ranges.map((one) => parseRange(one)));
  });

  test.each(["DNS", "Internet", "10.0.0.1-fd00::1", "10.0.0.1-10.0.0.2-10.0.0.3", "office", ""])(
    "%s is a word whose addresses are not known",
    (text) => {
      expect(readRemoteAddress(text, subnets)).toBeNull();
    },
  );

  test("the local subnet is not known when the network was not read", () => {
    expect(readRemoteAddress("LocalSubnet", null)).toBeNull();
  });
});

describe("who gets in", () => {
  const inside = { remoteAddresses: ["10.0.0.0/8"] };
  const ban = (...remoteAddresses: string[]): Partial<Rule> => ({ name: "ban", action: "Block", remoteAddresses });

  test.each<[string, string, Partial<Rule>[], string]>([
    ["everybody", "203.0.113.7", [{}], "allowed"],
    ["an address of the scope", "10.9.9.9", [inside], "allowed"],
    ["an address outside of it", "203.0.113.7", [inside], "denied"],
    ["a range that reaches out of it", "8.0.0.0/5", [inside], "part"],
    ["two scopes together", "10.0.0.0/8", [{ remoteAddresses: ["10.0.0.0/9", "10.128.0.0/9"] }], "allowed"],
    ["a banned address", "203.0.113.7", [{}, ban("203.0.113.7")], "denied"],
    ["its neighbour", "203.0.113.8", [{}, ban("203.0.113.7")], "allowed"],
    ["a range with a banned address", "203.0.113.0/24", [{}, ban("203.0.113.7")], "part"],
    ["nobody, the rule being off", "10.9.9.9", [{ enabled: false }], "denied"],
    ["nobody, the rule being for another port", "10.9.9.9", [{ localPorts: ["3390"] }], "denied"],
    ["an unknown word may name it", "203.0.113.7", [{ remoteAddresses: ["Internet"] }], "unknown"],
    ["an unknown word may ban it", "203.0.113.7", [{}, ban("DNS")], "unknown"],
    ["a known ban is certain beside an unknown word", "203.0.113.7", [{}, ban("DNS", "203.0.113.7")], "denied"],
    ["a list that was cut may name it", "203.0.113.7", [{ ...inside, addressesLeftOut: 3 }], "unknown"],
  ])("%s", (_, source, rules, verdict) => {
    expect(verdictOf(source, firewallWith(...rules))).toBe(verdict);
  });

  test("a default that allows", () => {
    expect(verdictOf("203.0.113.7", firewallWith(), { defaultInbound: "Allow" })).toBe("allowed");
    expect(verdictOf("203.0.113.7", firewallWith(ban("203.0.113.0/24")), { defaultInbound: "Allow" })).toBe("denied");
  });

  test("local rules that policy does not merge are void, rules of policy are not", () => {
    expect(verdictOf("10.9.9.9", firewallWith({}), { localRules: false })).toBe("denied");
    expect(verdictOf("10.9.9.9", firewallWith({ managedBy: "policy" }), { localRules: false })).toBe("allowed");
    expect(verdictOf("10.9.9.9", firewallWith({ managedBy: "policy" }, ban("10.9.9.9")), { localRules: false })).toBe(
      "allowed",
    );
  });

  test("rules that had no room may change it", () => {
    const more = (leftOut: { allow: number; block: number }, ...rules: Partial<Rule>[]) =>
      verdictOf("203.0.113.7", { ...firewallWith(...rules), leftOut });
    expect(more({ allow: 0, block: 400 }, {})).toBe("unknown");
    expect(more({ allow: 0, block: 400 }, inside)).toBe("denied");
    expect(more({ allow: 2, block: 0 }, inside)).toBe("unknown");
    expect(more({ allow: 2, block: 0 }, {})).toBe("allowed");
  });
});
