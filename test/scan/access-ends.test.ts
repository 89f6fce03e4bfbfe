import { expect, test } from "vitest";
import type { JitPolicy, SecurityRule } from "../../lib/core/network-evidence.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { findLockouts } from "../../lib/scan/find-lockouts.ts";
import { fixtureTime, healthyEvidence } from "../fixtures/evidence.ts";
import { group, networkWith, rule } from "../network/network-with.ts";

const client = "203.0.113.7";
const inHours = (hours: number) => new Date(Date.parse(fixtureTime) + hours * 3_600_000).toISOString();

/** What ends for a client, where these rules and this policy decide. The VM has a public address. */
function ends(rules: SecurityRule[], jit: JitPolicy | null = null) {
  const azure = networkWith({
    nic: group("nsg-app", ...rules),
    configuration: { publicAddress: { address: "20.50.1.1", sku: "Standard" } },
    more: { jit },
  });
  const network = evaluateNetwork(azure, [client], 3389).map((verdict) => ({ ...verdict, asked: true }));
  return findLockouts({ ...healthyEvidence(), azure, network });
}

const temporary = (hours: number) =>
  rule({ name: "Allow-RDP-3f1c2b1a", sources: [`${client}/32`], expiresAt: inHours(hours) });

test("a rule that was deployed for a time locks out whom nothing else lets in", () => {
  expect(ends([temporary(48)])).toMatchObject([
    {
      kind: "access-ends",
      when: { on: "date", at: inHours(48) },
      because: expect.stringContaining("Allow-RDP-3f1c2b1a"),
      cure: expect.stringContaining("lasting rule"),
    },
  ]);
  expect(ends([rule({ name: "allow-rdp", priority: 90, sources: ["Internet"] })])).toEqual([]);
  // Beyond the look, or over: Azure removes nothing by itself.
  expect(ends([temporary(24 * 40)])).toEqual([]);
  expect(ends([temporary(-1)])).toEqual([]);
});

test("just-in-time access ends with the last request for the port", () => {
  const name = "MicrosoftDefenderForCloud-JITRule-100-ABC";
  const grants = [
    { port: 3389, endsAt: inHours(1) },
    { port: 3389, endsAt: inHours(2) },
    { port: 22, endsAt: inHours(3) },
  ];
  const policy: JitPolicy = { id: "/p/1", ports: [], grants };
  expect(ends([rule({ name, sources: [`${client}/32`] })], policy)).toMatchObject([
    { when: { at: inHours(2) }, cure: expect.stringContaining("again when it is needed") },
  ]);
  // A policy whose requests were not read says nothing about an end.
  expect(ends([rule({ name, sources: [`${client}/32`] })], { id: "/p/1", ports: [] })).toEqual([]);
});
