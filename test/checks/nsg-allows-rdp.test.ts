import { describe, expect, test } from "vitest";
import { nsgAllowsRdp } from "../../lib/checks/nsg-allows-rdp.ts";
import type { NetworkVerdict } from "../../lib/core/network-verdict.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { group, networkWith, rule, standardAddress } from "../network/network-with.ts";

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

describe("paths that nobody named", () => {
  const pathFrom = (source: string, path: NetworkVerdict["path"], verdict: Word): NetworkVerdict => ({
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
    [
      "one is enough",
      [pathFrom("VirtualNetwork", "private", "denied"), pathFrom(bastion, "bastion", "allowed")],
      "healthy",
    ],
    ["without a Bastion the network is one", [pathFrom("VirtualNetwork", "private", "allowed")], "healthy"],
    [
      "a Bastion that is shut out is a fault, although neighbours get in",
      [pathFrom("VirtualNetwork", "private", "allowed"), pathFrom(bastion, "bastion", "denied")],
      "faulty",
    ],
    [
      "unless there is another path",
      [pathFrom("Internet", "public", "allowed"), pathFrom(bastion, "bastion", "denied")],
      "noted",
    ],
    [
      "a range of the settings is one",
      [pathFrom("VirtualNetwork", "private", "denied"), pathFrom("192.168.0.0/16", "private", "allowed")],
      "healthy",
    ],
  ])("%s", (_, network, verdict) => {
    expect(nsgAllowsRdp.run({ ...healthyEvidence(), guest: null, network })).toMatchObject({ verdict });
  });
});

describe("paths for people, when nobody named a client", () => {
  const publicAddress = standardAddress;
  const web = rule({ name: "allow-https", priority: 300, destinationPorts: ["443"] });
  const office = rule({ name: "allow-office", priority: 300, sources: ["203.0.113.0/24"] });

  function judgedNetwork(network: Parameters<typeof networkWith>[0]) {
    const azure = networkWith(network);
    return nsgAllowsRdp.run({ ...healthyEvidence(), azure, network: evaluateNetwork(azure, [], 3389) });
  }

  test("a public address that nobody reaches, and nothing else: a fault that names the rule and what to do", () => {
    const result = judgedNetwork({ nic: group("nsg-app", web), configuration: { publicAddress } });
    expect(result).toMatchObject({ verdict: "faulty", evidence: { layer: "nic-nsg", rule: "DenyAllInBound" } });
    expect(result.because).toMatch(
      /Internet does not reach .*DenyAllInBound.*It can be reached from VirtualNetwork.*--from/,
    );
  });

  test("no security group behind a Standard public address", () => {
    const result = judgedNetwork({ configuration: { publicAddress } });
    expect(result).toMatchObject({ verdict: "faulty", evidence: { layer: "public-ip" } });
  });

  test.each<[string, Parameters<typeof networkWith>[0]]>([
    ["a peering", { virtualNetwork: { peerings: [{ name: "hub", prefixes: ["10.20.0.0/16"] }] } }],
    ["a gateway", { virtualNetwork: { gateway: true } }],
    ["a Bastion host", { virtualNetwork: { bastions: [{ name: "bastion", prefixes: ["10.0.255.0/26"] }] } }],
    ["a range of the settings", { more: { onPremises: ["192.168.0.0/16"] } }],
    ["a rule for a jump host", { nic: group("nsg-app", rule({ name: "jump", priority: 200, sources: ["10.0.1.5"] })) }],
  ])("%s is another path: healthy, and the sentence says that the Internet does not get in", (_, network) => {
    const result = judgedNetwork({ nic: group("nsg-app", web), configuration: { publicAddress }, ...network });
    expect(result.verdict).toBe("healthy");
    expect(result.because).toMatch(/ reaches 10\.0\.0\.4:3389.*Internet does not reach/);
  });

  test("a rule for all ports, or for other ports, shows no path for people", () => {
    const all = rule({ name: "all", priority: 200, sources: ["VirtualNetwork"], destinationPorts: ["*"] });
    for (const own of [all, web]) {
      const result = judgedNetwork({ nic: group("nsg-app", own), configuration: { publicAddress } });
      expect(result.verdict).toBe("faulty");
    }
  });

  test("somebody on the Internet gets in: healthy; everybody does: a note", () => {
    const open = rule({ name: "allow-rdp", priority: 300 });
    const banned = rule({ name: "banned", priority: 200, access: "Deny", sources: ["198.51.100.7"] });
    expect(judgedNetwork({ nic: group("g", office), configuration: { publicAddress } }).verdict).toBe("healthy");
    const wide = judgedNetwork({ nic: group("g", banned, open), configuration: { publicAddress } });
    expect(wide).toMatchObject({ verdict: "noted", because: expect.stringContaining("open to the Internet") });
  });

  test("a load balancer for another program is no path for people, one for RDP is", () => {
    const forwarding = (backendPort: number) => ({
      forwardings: [
        {
          loadBalancer: "lb",
          rule: "r",
          frontAddress: "20.50.1.2",
          frontPorts: "50001",
          backendPort,
          sku: "Standard" as const,
        },
      ],
    });
    expect(judgedNetwork({ nic: group("g", web), configuration: forwarding(443) }).verdict).toBe("healthy");
    expect(judgedNetwork({ nic: group("g", web), configuration: forwarding(3389) }).verdict).toBe("faulty");
  });

  test("a private VM that its network reaches is healthy", () => {
    expect(judgedNetwork({ nic: group("g", web) })).toMatchObject({ verdict: "healthy" });
  });

  test("a part that could not be read leaves it unknown", () => {
    const result = judgedNetwork({ nic: { unreadable: "The right is missing." }, configuration: { publicAddress } });
    expect(result.verdict).toBe("unknown");
  });
});

test("a denial by just-in-time access says for how long its policy opens the port", () => {
  const evidence = healthyEvidence();
  if (!("interfaces" in evidence.azure.network)) throw new Error("The fixture has a network.");
  const port = { number: 3389, protocol: "*", sources: ["*"], maximumDuration: "PT3H" };
  evidence.azure.network.jit = { id: "/policy", ports: [port] };
  const [verdict] = evidence.network;
  if (!verdict) throw new Error("The fixture has a verdict.");
  const decidedBy = { ...verdict.decidedBy, rule: "MicrosoftDefenderForCloud-JITRule_-1234_ABC" };
  const network = [{ ...verdict, verdict: "denied" as const, decidedBy }];
  expect(nsgAllowsRdp.run({ ...evidence, network }).because).toContain("port 3389 for at most PT3H");
});

test("nobody can request just-in-time access for an instance of a scale set, whose group has a rule of it", () => {
  const evidence = healthyEvidence();
  const [verdict] = evidence.network;
  if (!verdict) throw new Error("The fixture has a verdict.");
  const decidedBy = { ...verdict.decidedBy, rule: "MicrosoftDefenderForCloud-JITRule_-1234_ABC" };
  const network = [{ ...verdict, verdict: "denied" as const, decidedBy }];
  const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app";
  evidence.azure.vm.id = `${subscription}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-app/virtualMachines/3`;
  const { verdict: judged, because } = nsgAllowsRdp.run({ ...evidence, network });
  expect(judged).toBe("faulty");
  expect(because).toContain("cannot be requested for an instance of a scale set: Azure has it for VMs alone");
});

test("a denial by an administrator's rule is nobody else's to change", () => {
  const evidence = healthyEvidence();
  const [verdict] = evidence.network;
  if (!verdict) throw new Error("The fixture has a verdict.");
  const decidedBy = { ...verdict.decidedBy, layer: "admin-rules" as const };
  const network = [{ ...verdict, verdict: "denied" as const, decidedBy }];
  expect(nsgAllowsRdp.run({ ...evidence, network }).because).toContain("administrator of the virtual network manager");
});
