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
    notEffective: null,
    crossChecks: [],
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

describe("doors that nobody asked about", () => {
  const door = (source: string, path: NetworkVerdict["path"], verdict: Word): NetworkVerdict => ({
    source,
    asked: false,
    destination: "10.0.0.4:3389",
    path,
    verdict,
    decidedBy: { layer: "nic-nsg", nsg: "nsg-app", nsgId: "/nsg-app", rule: "a-rule", priority: 200 },
    trace: [],
    method: "static",
    notEffective: null,
    crossChecks: [],
    because: `${source} is ${verdict}.`,
  });
  const bastion = "10.0.255.0/26";

  test.each<[string, NetworkVerdict[], string]>([
    ["one is enough", [door("VirtualNetwork", "private", "denied"), door(bastion, "bastion", "allowed")], "healthy"],
    ["without a Bastion the network is one", [door("VirtualNetwork", "private", "allowed")], "healthy"],
    [
      "a Bastion that is shut out is a fault, although neighbours get in",
      [door("VirtualNetwork", "private", "allowed"), door(bastion, "bastion", "denied")],
      "faulty",
    ],
    [
      "unless there is another door",
      [door("Internet", "public", "allowed"), door(bastion, "bastion", "denied")],
      "healthy",
    ],
    [
      "a range of the settings is one",
      [door("VirtualNetwork", "private", "denied"), door("192.168.0.0/16", "private", "allowed")],
      "healthy",
    ],
  ])("%s", (_, network, verdict) => {
    expect(nsgAllowsRdp.run({ ...healthyEvidence(), guest: null, network })).toMatchObject({ verdict });
  });
});

test("a denial by just-in-time access says for how long its policy opens the port", () => {
  const evidence = healthyEvidence();
  if ("unreadable" in evidence.azure.network) throw new Error("The fixture has a network.");
  const port = { number: 3389, protocol: "*", sources: ["*"], maximumDuration: "PT3H" };
  evidence.azure.network.jit = { id: "/policy", ports: [port] };
  const [verdict] = evidence.network;
  if (!verdict) throw new Error("The fixture has a verdict.");
  const decidedBy = { ...verdict.decidedBy, rule: "MicrosoftDefenderForCloud-JITRule_-1234_ABC" };
  const network = [{ ...verdict, verdict: "denied" as const, decidedBy }];
  expect(nsgAllowsRdp.run({ ...evidence, network }).because).toContain("port 3389 for at most PT3H");
});

test("a denial by an administrator's rule is nobody else's to change", () => {
  const evidence = healthyEvidence();
  const [verdict] = evidence.network;
  if (!verdict) throw new Error("The fixture has a verdict.");
  const decidedBy = { ...verdict.decidedBy, layer: "admin-rules" as const };
  const network = [{ ...verdict, verdict: "denied" as const, decidedBy }];
  expect(nsgAllowsRdp.run({ ...evidence, network }).because).toContain("administrator of the virtual network manager");
});
