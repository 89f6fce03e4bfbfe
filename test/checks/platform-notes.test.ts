import { expect, test } from "vitest";
import { eccCurvesSuitClients } from "../../lib/checks/ecc-curves-suit-clients.ts";
import { fipsModeSuitsClients } from "../../lib/checks/fips-mode-suits-clients.ts";
import { machineHasNoProxy } from "../../lib/checks/machine-has-no-proxy.ts";
import { machineKeysAreFew } from "../../lib/checks/machine-keys-are-few.ts";
import { networkProvidersExist } from "../../lib/checks/network-providers-exist.ts";
import { noProductFiltersConnections } from "../../lib/checks/no-product-filters-connections.ts";
import { outgoingPortsAreLeft } from "../../lib/checks/outgoing-ports-are-left.ts";
import { rdpHandshakeSucceeds } from "../../lib/checks/rdp-handshake-succeeds.ts";
import { windowsWaitsForNoRestart } from "../../lib/checks/windows-waits-for-no-restart.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import {
  expectFaulty,
  expectHealthy,
  expectNoted,
  expectUnknown,
  judged,
  judgedBroken,
  judgedWithout,
} from "./judged.ts";

/* Short checks of what surrounds Remote Desktop: most of their verdicts are notes. */

test("some hundreds of keys are healthy, and hundreds of thousands are told with their number", () => {
  expectHealthy(judged(machineKeysAreFew));
  expectNoted(
    judged(machineKeysAreFew, (guest) => {
      guest.keys.others.count = 312_000;
    }),
    "312000 other keys",
  );
  expectUnknown(judgedWithout(machineKeysAreFew, ["keys"]), "keys");
});

test("ports of outgoing connections: enough, fewer, none, and again enough", () => {
  const used = (count: number) => (guest: ReadableGuest) => {
    guest.guestNetwork.ports = { used: count, available: 16_384 };
  };
  const logged = (guest: ReadableGuest) => {
    guest.events = [{ provider: "Tcpip", id: 4231, status: null, count: 3, last: "2026-11-21T07:00:00.000Z" }];
  };
  expectHealthy(judged(outgoingPortsAreLeft));
  expectNoted(judged(outgoingPortsAreLeft, used(14_000)), "14000 of 16384");
  expectFaulty(judged(outgoingPortsAreLeft, used(16_300)), [], "OwningProcess");
  expectNoted(judged(outgoingPortsAreLeft, logged), "event 4231 3 times");
  expectUnknown(judgedWithout(outgoingPortsAreLeft, ["guestNetwork"]), "guestNetwork");
});

test("an update that waits is healthy for weeks, and noted after months", () => {
  const since = (bootTime: string, pendingReboot: boolean) => (guest: ReadableGuest) => {
    Object.assign(guest.system, { bootTime, pendingReboot });
  };
  expectHealthy(judged(windowsWaitsForNoRestart, since("2026-01-01T00:00:00.000Z", false)));
  expectHealthy(judged(windowsWaitsForNoRestart, since("2026-11-15T00:00:00.000Z", true)));
  expectNoted(judged(windowsWaitsForNoRestart, since("2026-09-01T00:00:00.000Z", true)), "81 days ago");
  expectUnknown(judgedWithout(windowsWaitsForNoRestart, ["system"]), "system");
});

test("a network provider without a library is a fault; none is healthy", () => {
  expectHealthy(judged(networkProvidersExist));
  expectFaulty(
    judged(networkProvidersExist, (guest) => {
      guest.guestNetwork.deadProviders = ["OldVpn"];
    }),
    [],
    "OldVpn",
  );
  expectUnknown(judgedWithout(networkProvidersExist, ["guestNetwork"]), "guestNetwork");
});

test("a proxy of the machine is noted", () => {
  expectHealthy(judged(machineHasNoProxy));
  expectNoted(
    judged(machineHasNoProxy, (guest) => {
      guest.guestNetwork.proxies = ["10.0.0.200:3128"];
    }),
    "10.0.0.200:3128",
  );
  expectUnknown(judgedWithout(machineHasNoProxy, ["guestNetwork"]), "guestNetwork");
});

test("products are named beside a failed handshake alone, also as the next suspects of the handshake", () => {
  const installed = (guest: ReadableGuest) => {
    guest.installedProducts = { security: ["CSFalconService", "Unheard"], filters: ["acme_lwf"] };
  };
  expectHealthy(judged(noProductFiltersConnections));
  expectHealthy(judged(noProductFiltersConnections, installed), "completes with it");
  // A client on the VM itself does not pass what a product blocks from outside.
  expectHealthy(judged(noProductFiltersConnections, installed), "look at its log if a client gets no answer");
  const { because } = judgedBroken(noProductFiltersConnections, installed);
  expect(because).toContain("CrowdStrike Falcon (CSFalconService), Unheard (Unheard), network filter acme_lwf");
  expectNoted(judgedBroken(noProductFiltersConnections, installed));
  expectFaulty(judgedBroken(rdpHandshakeSucceeds, installed), [], "Next suspects: CrowdStrike Falcon");
  expectUnknown(judgedWithout(noProductFiltersConnections, ["installedProducts"]), "installedProducts");
});

test("level 4 and FIPS are somebody's choice, which clients must match", () => {
  expectHealthy(judged(fipsModeSuitsClients));
  const both = judged(fipsModeSuitsClients, (guest) => {
    guest.registry["rdp-tcp/MinEncryptionLevel"] = dword(4);
    guest.registry["fips/Enabled"] = dword(1);
  });
  expectNoted(both, "MinEncryptionLevel is 4");
  expect(both.because).toContain("FIPSAlgorithmPolicy");
  expectUnknown(judgedWithout(fipsModeSuitsClients, ["registry"]), "registry");
});

test("a policy's curves: one that clients have is healthy, and none is not guessed", () => {
  const curves = (data: string[]) => (guest: ReadableGuest) => {
    guest.registry["cipher-policy/EccCurves"] = { type: "multi-string", data };
  };
  expectHealthy(judged(eccCurvesSuitClients));
  expectHealthy(judgedBroken(eccCurvesSuitClients, curves(["NistP521", "NistP384"])), "NistP384");
  // The handshake is the VM's own, with the same list: neither its success nor its failure tells of other clients.
  expectUnknown(judged(eccCurvesSuitClients, curves(["NistP521"])), "owner must add NistP256");
  expectUnknown(judgedBroken(eccCurvesSuitClients, curves(["NistP521"])), "proves nothing");
  expectUnknown(judgedWithout(eccCurvesSuitClients, ["registry"]), "registry");
});
