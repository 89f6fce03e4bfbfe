import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, parseRange } from "../../lib/core/address.ts";
import type { SecurityRule } from "../../lib/core/network-evidence.ts";
import { applyProposal } from "../../lib/network/apply-proposal.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { rule } from "./network-with.ts";
import { fatesOf, nsg, proposeFor, publicWith } from "./proposal-rig.ts";

/*
 * What is proposed lets in exactly who asked, at exactly the port: whatever the groups hold, and however near the
 * others are. Clients and rules come from a small street of addresses, so that they meet often.
 */

const street = fc.integer({ min: 0, max: 31 }).map((house) => `203.0.113.${house * 8 + (house % 3)}`);
const range = fc.tuple(street, fc.integer({ min: 24, max: 32 })).map(([first, bits]) => `${first}/${bits}`);
const client = fc.oneof(street, range, fc.constantFrom("10.0.0.9", "10.0.1.0/24", "192.0.2.1"));
const prefix = fc.oneof(
  { weight: 3, arbitrary: range },
  { weight: 3, arbitrary: fc.constant("*") },
  { weight: 1, arbitrary: fc.constantFrom("Internet", "VirtualNetwork", "10.0.0.0/16", "AzureCloud") },
);

function oneOf(...lists: string[][]): fc.Arbitrary<string[]> {
  return fc.constantFrom(...lists);
}

const anyRule = fc.record({
  access: fc.constantFrom("Allow" as const, "Deny" as const, "Deny" as const),
  direction: fc.constantFrom("Inbound" as const, "Inbound" as const, "Inbound" as const, "Outbound" as const),
  protocol: fc.constantFrom("Tcp", "*", "Udp"),
  sources: fc.array(prefix, { minLength: 1, maxLength: 3 }),
  destinations: oneOf(["*"], ["10.0.0.4"], ["10.0.0.0/24", "10.9.0.0/16"], ["10.0.0.5"]),
  destinationPorts: oneOf(["3389"], ["*"], ["3000-4000", "22"], ["443"], ["3390"]),
});

const groups = fc
  .array(fc.tuple(fc.integer({ min: 100, max: 112 }), anyRule), { maxLength: 9 })
  .map((rules) => [...new Map(rules)].map(([priority, edit]): SecurityRule => rule({ priority, ...edit })));

const networks = fc.record({
  subnet: fc.option(groups, { nil: null }),
  nic: fc.option(groups, { nil: null }),
  shared: fc.boolean(),
});

/** Right outside of a range, and anywhere on the street and beyond. */
function outsiders(source: string, others: readonly string[]): string[] {
  const asked = parseRange(source);
  if (!asked) throw new Error(source);
  const near = [asked.first - 1n, asked.last + 1n].map((value) => formatAddress({ family: asked.family, value }));
  return [...near, ...others].filter((text) => {
    const other = parseRange(text);
    return other && (other.last < asked.first || other.first > asked.last);
  });
}

test("a proposal flips the verdict of exactly the asked source, at exactly its port", () => {
  let proposed = 0;
  fc.assert(
    fc.property(networks, client, fc.array(client, { minLength: 4, maxLength: 4 }), (network, source, others) => {
      const subnet = network.subnet && nsg("nsg-subnet", ...network.subnet);
      const nic = network.shared ? subnet : network.nic && nsg("nsg-nic", ...network.nic);
      const before = publicWith({ ...(subnet && { subnet }), ...(nic && { nic }) });
      const [proposal] = proposeFor(before, [source]).proposals;
      if (!proposal) return;
      proposed += 1;
      const after = applyProposal(before, proposal);
      expect(evaluateNetwork(before, [source], 3389).map(({ verdict }) => verdict)).toEqual(["denied"]);
      expect(fatesOf(after, source)).toMatchObject([{ verdict: "allowed" }]);
      expect(fatesOf(after, source, 3391)).toEqual(fatesOf(before, source, 3391));
      for (const other of outsiders(source, others)) expect(fatesOf(after, other)).toEqual(fatesOf(before, other));
    }),
    { numRuns: 1500 },
  );
  expect(proposed).toBeGreaterThan(150);
});
