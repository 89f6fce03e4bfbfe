import { describe, expect, test } from "vitest";
import { nsgAllowsRdp } from "../../lib/checks/nsg-allows-rdp.ts";
import type { NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";

type Word = NetworkVerdict["verdict"];

function judgedWith(...verdicts: [source: string, verdict: Word, destination?: string, rule?: string][]) {
  const network = verdicts.map(([source, verdict, destination = "10.0.0.4:3389", rule = "a-rule"]) => ({
    source,
    asked: true,
    destination,
    path: "private" as const,
    verdict,
    decidedBy: { layer: "subnet-nsg" as const, nsg: "nsg-app", nsgId: "/nsg-app", rule, priority: 200 },
    trace: [],
    method: "static" as const,
    opinions: [],
    because: `${source} to ${destination} is ${verdict} by ${rule}.`,
  }));
  return nsgAllowsRdp.run({ ...healthyEvidence(), guest: null, network });
}

const client = "203.0.113.7";

describe("tags alone", () => {
  test.each<[Word, Word, string]>([
    ["allowed", "denied", "healthy"],
    ["denied", "allowed", "healthy"],
    ["unknown", "allowed", "healthy"],
    ["denied", "denied", "faulty"],
    ["denied", "unknown", "unknown"],
    ["unknown", "unknown", "unknown"],
  ])("VirtualNetwork %s, Internet %s: %s", (virtualNetwork, internet, verdict) => {
    expect(judgedWith(["virtualnetwork", virtualNetwork], ["Internet", internet])).toMatchObject({ verdict });
  });

  test("nothing judged", () => {
    expect(judgedWith()).toMatchObject({ verdict: "unknown" });
  });
});

describe("addresses that the caller named", () => {
  test("each must get in, whatever is so for the tags", () => {
    expect(judgedWith(["VirtualNetwork", "allowed"], [client, "denied"])).toMatchObject({
      verdict: "faulty",
      restoredBy: [],
    });
    expect(judgedWith([client, "allowed"], ["10.9.0.0/16", "denied"])).toMatchObject({ verdict: "faulty" });
    expect(judgedWith([client, "allowed"], ["10.9.0.0/16", "unknown"])).toMatchObject({ verdict: "unknown" });
    expect(judgedWith([client, "unknown"], ["10.9.0.0/16", "denied"])).toMatchObject({ verdict: "faulty" });
    expect(judgedWith([client, "allowed"], ["Internet", "denied"])).toMatchObject({ verdict: "healthy" });
  });

  test("one address of the VM is way enough", () => {
    const second = "10.0.1.4:3389";
    expect(judgedWith([client, "denied"], [client, "allowed", second])).toMatchObject({ verdict: "healthy" });
    expect(judgedWith([client, "denied"], [client, "unknown", second])).toMatchObject({ verdict: "unknown" });
    expect(judgedWith([client, "denied"], [client, "denied", second])).toMatchObject({ verdict: "faulty" });
  });
});

test("the deciding rule is named, with its layer", () => {
  expect(judgedWith([client, "denied", "10.0.0.4:3389", "deny-all"])).toMatchObject({
    because: expect.stringContaining("deny-all"),
    evidence: { layer: "subnet-nsg", nsg: "nsg-app", rule: "deny-all", priority: 200 },
  });
});

test("a denial by just-in-time access is lifted by a request", () => {
  const rule = "SecurityCenter-JITRule_-1234_ABC";
  expect(judgedWith([client, "denied", "10.0.0.4:3389", rule]).because).toContain("Request just-in-time access");
});
