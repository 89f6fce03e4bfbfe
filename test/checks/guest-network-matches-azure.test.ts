import { describe, expect, test } from "vitest";
import { guestNetworkMatchesAzure } from "../../lib/checks/guest-network-matches-azure.ts";
import type { Evidence } from "../../lib/core/evidence.ts";
import type { AdapterFacts } from "../../lib/core/guest-network.ts";
import type { Forwarding } from "../../lib/core/network-evidence.ts";
import type { NetworkVerdict } from "../../lib/core/network-verdict.ts";
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

describe("a load balancer's rule with floating IP", () => {
  const withFloating = (otherAddresses: string[], forwarding: Partial<Forwarding> = {}, edit = (_: Evidence) => {}) => {
    const evidence = evidenceWith((guest) => {
      guest.guestNetwork.otherAddresses = otherAddresses;
    });
    const { network } = evidence.azure;
    const [first] = "interfaces" in network ? (network.interfaces[0]?.ipConfigurations ?? []) : [];
    if (!first) throw new Error("The fixture has a network.");
    first.forwardings = [
      {
        loadBalancer: "lb",
        rule: "rdp",
        frontAddress: "20.50.1.9",
        frontPorts: "3389",
        backendPort: 3389,
        floatingIp: true,
        sku: "Standard",
        ...forwarding,
      },
    ];
    edit(evidence);
    return check.run(evidence);
  };

  test("is a fault where no adapter has the address of the front end", () => {
    expectFaulty(withFloating([]), [], "no adapter in Windows has 20.50.1.9");
    expectFaulty(withFloating(["20.50.1.90/32", "172.21.0.1/20"]), [], "weakhostreceive");
  });

  test("is told where Windows has the address, and unknown where it has more than were listed", () => {
    expectNoted(withFloating(["20.50.1.9/32"]), "weakhostreceive");
    expectUnknown(withFloating(Array.from({ length: 8 }, (_, at) => `172.21.${at}.1/24`)), "20.50.1.9");
  });

  test("is only told where clients come in otherwise, or a probe of another port keeps them away", () => {
    const open = { source: "Internet", path: "public", verdict: "allowed" } as NetworkVerdict;
    expectNoted(withFloating([], {}, (evidence) => Object.assign(evidence, { network: [open] })));
    expectNoted(withFloating([], { probe: { name: "cluster", protocol: "Tcp", port: 59999 } }));
    expectFaulty(withFloating([], { probe: { name: "rdp", protocol: "Tcp", port: 3389 } }), [], "drops");
  });

  test("of another port, and one without floating IP, is nothing to this check", () => {
    expectHealthy(withFloating([], { backendPort: 1433 }));
    expectHealthy(withFloating([], { floatingIp: undefined }));
  });
});

describe("adapters of other makers", () => {
  const tunnel = { name: "OpenVPN TAP", kind: "TAP-Windows Adapter V9", addresses: ["10.8.0.6/30"] };
  const lost = (guest: ReadableGuest) => {
    guest.guestNetwork.defaultRoute = false;
    guest.guestNetwork.foreignAdapters = [tunnel];
  };
  const ignoring = adapter({ dhcp: true, ignoresDefaultRoutes: true });

  test("a VPN that has the only default route is a fault, and is named", () => {
    const result = judged(check, lost);
    expectFaulty(result, [], "The default route belongs to OpenVPN TAP (TAP-Windows Adapter V9)");
    expect(result.because).toContain("ipconfig /renew");
  });

  test("a default route of a VPN beside that of Azure is noted: Windows answers by the adapter that was reached", () => {
    expectNoted(
      judged(check, (guest) => {
        guest.guestNetwork.foreignAdapters = [tunnel];
      }),
      "Answers still leave by the adapter",
    );
  });

  test("a team or an external virtual switch that has the address of Azure is an adapter of the VM", () => {
    const team = (addresses: string[]) => (guest: ReadableGuest) => {
      lost(guest);
      guest.guestNetwork.foreignAdapters = [{ name: "Team", kind: "Multiplexor", addresses }];
    };
    expectHealthy(judged(check, team(["10.0.0.4/24"])));
    expectFaulty(judged(check, team(["10.0.0.40/24"])), [], "Team");
  });

  test("whose the only default route is remains open when the addresses of Azure could not be read", () => {
    const evidence = evidenceWith(lost);
    evidence.azure.network = { unreadable: "no right" };
    expectNoted(check.run(evidence), "could not be read");
  });

  test("an adapter whose default route Windows does not use is a fault when no other has one, and otherwise noted", () => {
    const undo = 'set interface "Ethernet" ignoredefaultroutes=disabled';
    expectNoted(judged(check, ignoring), undo);
    expectFaulty(
      judged(check, (guest) => {
        ignoring(guest);
        guest.guestNetwork.defaultRoute = false;
      }),
      [],
      undo,
    );
  });
});
