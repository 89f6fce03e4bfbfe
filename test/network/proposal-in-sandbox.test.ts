import fc from "fast-check";
import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import type { NetworkProposal } from "../../lib/core/network-proposal.ts";
import { nsgNameOf, templateValues } from "../../lib/network/proposal-forms.ts";
import { readWhole } from "../fixtures/read-whole.ts";
import {
  credentialOf,
  quickly,
  type SimulatedAzure,
  startSimulatedAzure,
  worldOf,
} from "../sandbox/simulated-azure.ts";
import { proposeFor } from "./proposal-rig.ts";

/*
 * A proposal goes its whole way: from the groups of a sandbox, read by the real SDKs, to a rule that is deployed there
 * with the values of the template. Whether it helps, and whom, says IP flow verify of the sandbox, which shares nothing
 * with the evaluation.
 */

const address = "10.0.0.4";
const street = fc.integer({ min: 0, max: 7 }).map((house) => `203.0.113.${house * 16 + (house % 3)}`);
const source = fc.oneof(
  street,
  fc.tuple(street, fc.integer({ min: 24, max: 32 })).map(([first, bits]) => `${first}/${bits}`),
  fc.constantFrom("*", "Internet", "VirtualNetwork", "10.0.0.0/16", "Storage"),
);

const rules = fc
  .uniqueArray(
    fc.record({
      priority: fc.integer({ min: 100, max: 108 }),
      access: fc.constantFrom("Allow", "Deny", "Deny"),
      protocol: fc.constantFrom("Tcp", "*", "Udp"),
      direction: fc.constantFrom("Inbound", "Inbound", "Inbound", "Outbound"),
      source: fc.oneof(source, fc.array(source, { minLength: 1, maxLength: 3 })),
      destination: fc.constantFrom("*", address, "10.0.0.5"),
      ports: fc.constantFrom<string | string[]>("3389", "*", ["22", "3000-4000"], "443"),
    }),
    { maxLength: 5, selector: ({ priority, direction }) => `${direction} ${priority}` },
  )
  .map((all) => all.map((rule, at) => ({ name: `rule-${at}`, ...rule })));

/** The neighbours of a client, and whoever else there is. */
const others = (client: string) => {
  const [head, last] = [client.slice(0, client.lastIndexOf(".")), Number(client.split(".").at(-1))];
  const beside = [last - 1, last + 1].filter((one) => one >= 0).map((one) => `${head}.${one}`);
  return [...beside, "203.0.113.200", "198.51.100.9", "10.0.0.9", "20.60.0.9"];
};

test("a deployed proposal lets in exactly the asked client, at exactly its port", async () => {
  let deployed = 0;
  await fc.assert(
    fc.asyncProperty(rules, fc.option(rules), street, async (onSubnet, onNic, client) => {
      const network = {
        subnets: [{ securityGroup: { name: "nsg-subnet", rules: onSubnet } }],
        nics: [{ publicAddress: "20.50.60.70", ...(onNic && { securityGroup: { name: "nsg-nic", rules: onNic } }) }],
        serviceTags: { Storage: ["20.60.0.0/16"] },
      };
      const azure = await startSimulatedAzure({ world: worldOf({ vms: [{ name: "vm-app-01", network }] }) });
      try {
        const proposal = await proposalIn(azure, client);
        if (!proposal) return;
        deployed += 1;
        const asked = [client, ...others(client)].map((from) => ({ from, port: 3389 }));
        const flows = [...asked, { from: client, port: 3391 }];
        const before = await fatesOf(azure, flows);
        await deploy(azure, proposal);
        expect(before[0]).toBe("Deny");
        expect(await fatesOf(azure, flows)).toEqual(["Allow", ...before.slice(1)]);
      } finally {
        await azure.sandbox.close();
      }
    }),
    { numRuns: 20 },
  );
  expect(deployed).toBeGreaterThan(3);
});

/** What the service proposes on what it reads with its own role. */
async function proposalIn({ sandbox, vm }: SimulatedAzure, client: string): Promise<NetworkProposal | undefined> {
  const { reader } = connectAzure({ endpoint: sandbox.endpoint, credential: credentialOf(sandbox, "remediator") });
  const read = await readWhole(reader, vm, { sources: [client] });
  if (!read.ok) throw new Error(read.problem.message);
  return proposeFor(read.value, [client]).proposals[0];
}

/** As the template does, with the right of whoever owns the network. */
async function deploy({ network }: SimulatedAzure, proposal: NetworkProposal): Promise<void> {
  for (const rule of proposal.rules) {
    const { ruleName, priority, source, destination, port } = templateValues(proposal, rule);
    const { resourceGroup, name } = nsgNameOf(rule);
    await network.securityRules.createOrUpdate(resourceGroup, name, ruleName, {
      priority,
      direction: "Inbound",
      access: "Allow",
      protocol: "Tcp",
      sourceAddressPrefix: source,
      sourcePortRange: "*",
      destinationAddressPrefix: destination,
      destinationPortRange: String(port),
    });
  }
}

function fatesOf({ network, vm }: SimulatedAzure, flows: readonly { from: string; port: number }[]) {
  return Promise.all(
    flows.map(async ({ from, port }) => {
      const flow = {
        targetResourceId: vm.id,
        direction: "Inbound",
        protocol: "TCP",
        localIPAddress: address,
        localPort: String(port),
        remoteIPAddress: from,
        remotePort: "60000",
      };
      const answer = await network.networkWatchers.verifyIPFlow(
        "NetworkWatcherRG",
        "NetworkWatcher_westeurope",
        flow,
        quickly,
      );
      return answer.access;
    }),
  );
}
