import { describe, expect, test } from "vitest";
import type { Forwarding, SecurityRule } from "../../lib/core/network-evidence.ts";
import { NetworkProposal } from "../../lib/core/network-proposal.ts";
import { applyProposal } from "../../lib/network/apply-proposal.ts";
import { networkWith, rule } from "./network-with.ts";
import {
  expiresAt,
  fatesOf,
  nsg,
  nsgIdOf,
  proposalFor,
  proposeFor,
  publicWith,
  reasonFor,
  runId,
} from "./proposal-rig.ts";

const client = "203.0.113.7";
const deny = (edit: Partial<SecurityRule> = {}) => rule({ name: "deny-rdp", priority: 200, access: "Deny", ...edit });

describe("a proposal", () => {
  test("is the narrowest rule, right before the one that denies, in the group that denies", () => {
    const azure = publicWith({ subnet: nsg("nsg-subnet", rule({ priority: 100 })), nic: nsg("nsg-app", deny()) });
    expect(proposalFor(azure, client)).toEqual({
      runId,
      name: "Allow-RDP-3f2a8c1e",
      source: "203.0.113.7/32",
      destination: "10.0.0.4",
      port: 3389,
      expiresAt,
      rules: [{ nsgId: nsgIdOf("nsg-app"), priority: 199, before: { rule: "deny-rdp", priority: 200 } }],
    });
  });

  test("is for both groups when both deny, and makes the source get in", () => {
    const azure = publicWith({ subnet: nsg("nsg-subnet", deny({ priority: 300 })), nic: nsg("nsg-app", deny()) });
    const proposal = proposalFor(azure, client);
    expect(proposal.rules).toMatchObject([
      { nsgId: nsgIdOf("nsg-subnet"), priority: 299 },
      { nsgId: nsgIdOf("nsg-app"), priority: 199 },
    ]);
    expect(fatesOf(applyProposal(azure, proposal), client)).toMatchObject([{ verdict: "allowed" }]);
  });

  test("is for the address of the front end where packets keep it, and makes the source get in", () => {
    const forwardings: Forwarding[] = [
      {
        loadBalancer: "lb",
        rule: "rdp",
        frontAddress: "20.50.1.9",
        frontPorts: "3389",
        backendPort: 3389,
        floatingIp: true,
        sku: "Standard",
      },
    ];
    const azure = networkWith({ nic: nsg("nsg-app", deny()), configuration: { forwardings } });
    const proposal = proposalFor(azure, client);
    expect(proposal.destination).toBe("20.50.1.9");
    expect(fatesOf(applyProposal(azure, proposal), client)).toMatchObject([{ verdict: "allowed" }]);
  });

  test("is one rule where one group stands before the subnet and the NIC", () => {
    const shared = nsg("nsg-shared", deny());
    expect(proposalFor(publicWith({ subnet: shared, nic: shared }), client).rules).toHaveLength(1);
  });

  test("comes before the default rule with the last priority that a rule may have", () => {
    const azure = publicWith({ nic: nsg("nsg-app") });
    expect(proposalFor(azure, client).rules).toMatchObject([
      { priority: 4096, before: { rule: "DenyAllInBound", priority: 65500 } },
    ]);
  });

  test("passes over priorities that inbound rules have, and not over those of outbound ones", () => {
    const taken = [199, 198, 196].map((priority) => rule({ priority, destinationPorts: ["443"] }));
    const outbound = rule({ priority: 197, direction: "Outbound", destinationPorts: ["443"] });
    expect(proposalFor(publicWith({ nic: nsg("nsg-app", deny(), ...taken, outbound) }), client).rules).toMatchObject([
      { priority: 197 },
    ]);
  });

  test("keeps a CIDR, written from its first address", () => {
    const azure = publicWith({ nic: nsg("nsg-app", deny()) });
    expect(proposalFor(azure, "203.0.113.9/28").source).toBe("203.0.113.0/28");
  });

  test("comes before every rule that denies a part of the range", () => {
    const azure = publicWith({
      nic: nsg("nsg-app", deny(), deny({ name: "deny-half", priority: 150, sources: ["203.0.113.128/25"] })),
    });
    const proposal = proposalFor(azure, "203.0.113.0/24");
    expect(proposal.rules).toMatchObject([{ priority: 149 }]);
    expect(fatesOf(applyProposal(azure, proposal), "203.0.113.0/24")).toMatchObject([{ verdict: "allowed" }]);
  });

  test("of IPv6 has /128 and the VM's IPv6 address", () => {
    const azure = publicWith({
      nic: nsg("nsg-app", deny()),
      configuration: { privateAddress: "fd00::4", publicAddress: { address: "2001:db8:1::1", sku: "Standard" } },
      virtualNetwork: { prefixes: ["fd00::/48"] },
    });
    expect(proposalFor(azure, "2001:db8::7")).toMatchObject({ source: "2001:db8::7/128", destination: "fd00::4" });
  });

  test("is about the port that Remote Desktop has", () => {
    const azure = publicWith({ nic: nsg("nsg-app", deny({ destinationPorts: ["3000-4000"] })) });
    expect(proposalFor(azure, client, 3390).port).toBe(3390);
  });

  test("goes by the rules in effect where Azure gave them", () => {
    const inEffect = nsg("nsg-app", deny({ name: "deny-by-policy", priority: 150 }), rule({ priority: 149 }));
    inEffect.rules = inEffect.rules.map((one) => (one.priority === 149 ? { ...one, destinationPorts: ["443"] } : one));
    const azure = publicWith({ nic: nsg("nsg-app", deny()), effective: [{ subnetId: null, group: inEffect }] });
    const proposal = proposalFor(azure, client);
    expect(proposal.rules).toMatchObject([{ priority: 148, before: { rule: "deny-by-policy" } }]);
    expect(fatesOf(applyProposal(azure, proposal), client)).toMatchObject([{ verdict: "allowed" }]);
  });

  test("gives each source of a run its own name and priority", () => {
    const { proposals, notProposed } = proposeFor(publicWith({ nic: nsg("nsg-app", deny()) }), [
      client,
      "198.51.100.0/24",
    ]);
    expect(notProposed).toEqual([]);
    expect(proposals.map(({ name, rules }) => [name, rules[0]?.priority])).toEqual([
      ["Allow-RDP-3f2a8c1e", 199],
      ["Allow-RDP-3f2a8c1e-2", 198],
    ]);
  });

  test("is not made for who gets in, nor for what nobody asked about", () => {
    const azure = publicWith({ nic: nsg("nsg-app", rule({ sources: [client] }), deny()) });
    expect(proposeFor(azure, [client])).toEqual({ proposals: [], notProposed: [] });
    expect(proposeFor(azure, [])).toEqual({ proposals: [], notProposed: [] });
  });
});

describe("nothing is proposed", () => {
  test.each([
    ["Internet", /is not an address/],
    ["VirtualNetwork", /is not an address/],
    ["128.0.0.0/1", /too broad/],
  ])("for %s", (source, why) => {
    const denyAll = publicWith({ nic: nsg("nsg-app", deny()) });
    expect(reasonFor(denyAll, source)).toMatch(why);
  });

  test.each(["0.0.0.0/0", "::/0", "not an address", "*", "Any"])("for %s", (source) => {
    const { proposals, notProposed } = proposeFor(publicWith({ nic: nsg("nsg-app", deny()) }), [source]);
    expect(proposals).toEqual([]);
    expect(notProposed).toHaveLength(1);
  });

  test("past an administrator's rule", () => {
    const rules = [{ ...rule({ name: "no-high-risk-ports" }), access: "Deny" as const }];
    const azure = publicWith({ nic: nsg("nsg-app", rule({})), virtualNetwork: { adminRules: rules } });
    expect(reasonFor(azure, client)).toMatch(/no-high-risk-ports.* ask the owner of the virtual network manager/);
  });

  test.each([
    ["when it decides", deny({ name: "SecurityCenter-JITRule_-1234_ABC", priority: 4096 })],
    ["when another rule denies before it", deny()],
  ])("past just-in-time access, %s", (_, decides) => {
    const jit = rule({
      name: "SecurityCenter-JITRule_-9_X",
      priority: 4095,
      access: "Deny",
      destinations: ["10.0.0.4"],
    });
    expect(reasonFor(publicWith({ nic: nsg("nsg-app", decides, jit) }), client)).toMatch(
      /Just-in-time access controls this port: request access/,
    );
  });

  test("past a rule of just-in-time access that was made for another machine, before an instance of a scale set", () => {
    const jit = deny({ name: "SecurityCenter-JITRule_-9_X", priority: 4095 });
    const azure = publicWith({ nic: nsg("nsg-shared", jit) });
    const rg = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app";
    const id = `${rg}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-app/virtualMachines/3`;
    const proposal = proposalFor({ ...azure, vm: { ...azure.vm, id } }, client);
    expect(proposal).toMatchObject({ destination: "10.0.0.4", rules: [{ priority: 4094 }] });
  });

  test("past just-in-time access of another port there is no need to go", () => {
    const jit = rule({ name: "SecurityCenter-JITRule_-9_X", priority: 4095, access: "Deny", destinationPorts: ["22"] });
    expect(proposalFor(publicWith({ nic: nsg("nsg-app", deny(), jit) }), client).rules).toHaveLength(1);
  });

  test("where it is not known whether anything denies", () => {
    const doubtful = rule({ priority: 150, sources: ["AzureCloud.westeurope"] });
    const azure = publicWith({ nic: nsg("nsg-app", doubtful, deny()) });
    expect(reasonFor(azure, client)).toMatch(/^It is not known whether a rule is needed/);
  });

  test("where there is no group to put a rule into, but what to create is said", () => {
    const azure = publicWith({});
    expect(reasonFor(azure, client)).toMatch(
      /create one that allows TCP 3389 from 203\.0\.113\.7\/32 to 10\.0\.0\.4, and associate it/,
    );
  });

  test("where no priority is free", () => {
    const others = Array.from({ length: 100 }, (_, at) => rule({ priority: 100 + at, destinationPorts: ["443"] }));
    expect(reasonFor(publicWith({ nic: nsg("nsg-app", deny(), ...others) }), client)).toMatch(
      /No free priority is left before it in NSG nsg-app/,
    );
  });
});

describe("the schema of a proposal", () => {
  const good = () => proposalFor(publicWith({ nic: nsg("nsg-app", deny()) }), client);

  test.each([
    ["source", "*"],
    ["source", "Internet"],
    ["source", "Any"],
    ["source", "VirtualNetwork"],
    ["source", "0.0.0.0/0"],
    ["source", "::/0"],
    ["source", "0.0.0.0/1"],
    ["source", "203.0.113.7"],
    ["source", "203.0.113.7/32,0.0.0.0/0"],
    ["source", "2001:db8::7/128"],
    ["destination", "*"],
    ["destination", "10.0.0.0/24"],
    ["port", 0],
    ["port", "*"],
    ["name", "Allow-RDP-00000000"],
    ["name", "x'; rm -rf /; '"],
    ["expiresAt", "never"],
    ["rules", []],
    ["rules", [{ ...good().rules[0], nsgId: `${nsgIdOf("nsg-app")}' --bad '` }]],
    ["rules", [{ ...good().rules[0], nsgId: `${nsgIdOf("nsg-app")}/securityRules/other` }]],
    ["rules", [{ ...good().rules[0], priority: 200 }]],
    ["rules", [{ ...good().rules[0], priority: 99 }]],
    ["rules", [good().rules[0], good().rules[0]]],
    ["access", "Deny"],
  ])("refuses %s %j", (field, value) => {
    expect(NetworkProposal.safeParse(good()).success).toBe(true);
    expect(NetworkProposal.safeParse({ ...good(), [field]: value }).success).toBe(false);
  });
});
