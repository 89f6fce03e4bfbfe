import { expect, test } from "vitest";
import { guestNetworkMatchesAzure } from "../../lib/checks/guest-network-matches-azure.ts";
import type { AdapterFacts } from "../../lib/core/guest-network.ts";
import { evidenceWith, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

const check = guestNetworkMatchesAzure;

const fixed: AdapterFacts = {
  name: "Ethernet",
  state: "up",
  dhcp: false,
  addresses: ["10.0.0.4/24"],
  gateways: ["10.0.0.1"],
  ownDns: [],
};
const adapter = (changes: Partial<AdapterFacts>) => (guest: ReadableGuest) => {
  guest.guestNetwork.adapters = [{ ...fixed, ...changes }];
};

test("addresses of DHCP are healthy, and what could not be read is unknown", () => {
  expectHealthy(judged(check), "1 adapter is up");
  expectUnknown(judgedWithout(check, ["guestNetwork"]), "guestNetwork");
});

test("a static address that Azure gave is noted; one that it did not give is a fault with the way back", () => {
  expectNoted(judged(check, adapter({})), "they are those of its NIC");
  expectFaulty(judged(check, adapter({ addresses: ["10.0.0.9/24"] })), [], 'name="Ethernet" source=dhcp');
  expectNoted(judged(check, adapter({ addresses: ["10.0.0.4/24", "10.0.0.9/24"] })), "does not know 10.0.0.9");
});

test("a static address is only noted where Azure's could not be read", () => {
  const evidence = evidenceWith(adapter({ addresses: ["10.0.0.9/24"] }));
  evidence.azure.network = { unreadable: "no right" };
  expectNoted(check.run(evidence), "could not be read");
});

test.each([
  ["10.0.0.4/24", "10.0.1.1"],
  ["10.0.0.4/30", "10.0.0.10"],
  ["10.0.0.4/32", "10.0.0.1"],
])("with %s the gateway %s is outside of the subnet", (address, gateway) => {
  expectFaulty(judged(check, adapter({ addresses: [address], gateways: [gateway] })), [], "outside of its subnet");
});

test("a gateway at the end of the subnet is inside", () => {
  expectNoted(judged(check, adapter({ addresses: ["10.0.0.4/8"], gateways: ["10.255.255.254"] })));
});

test("no default gateway, and no address from DHCP, are faults", () => {
  expectFaulty(
    judged(check, (guest) => {
      guest.guestNetwork.defaultRoute = false;
    }),
    [],
    "No adapter has a default gateway",
  );
  expectFaulty(judged(check, adapter({ dhcp: true, addresses: ["169.254.7.7/16"] })), [], "ipconfig /renew");
});

test("a disabled adapter, DNS set by hand and persistent routes are noted", () => {
  expectNoted(judged(check, adapter({ state: "disabled", dhcp: null, addresses: [] })), "is disabled");
  const servers = adapter({ dhcp: true, ownDns: ["192.0.2.53"] });
  expectNoted(judged(check, servers), "192.0.2.53");
  const member = judged(check, (guest) => {
    servers(guest);
    guest.system.domainJoined = true;
  });
  expect(member.because).toContain("names of the domain");
  expectNoted(
    judged(check, (guest) => {
      guest.guestNetwork.persistentRoutes = ["168.63.129.16,255.255.255.255,10.0.0.9,1"];
    }),
    "which the agent and health probes need",
  );
});
