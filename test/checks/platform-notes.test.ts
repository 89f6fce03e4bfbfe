import { describe, expect, test } from "vitest";
import { credsspSuitsClients } from "../../lib/checks/credssp-suits-clients.ts";
import { eccCurvesSuitClients } from "../../lib/checks/ecc-curves-suit-clients.ts";
import { fipsModeSuitsClients } from "../../lib/checks/fips-mode-suits-clients.ts";
import { machineHasNoProxy } from "../../lib/checks/machine-has-no-proxy.ts";
import { machineKeysAreFew } from "../../lib/checks/machine-keys-are-few.ts";
import { memoryIsLeft } from "../../lib/checks/memory-is-left.ts";
import { networkProvidersExist } from "../../lib/checks/network-providers-exist.ts";
import { noProductFiltersConnections } from "../../lib/checks/no-product-filters-connections.ts";
import { outgoingPortsAreLeft } from "../../lib/checks/outgoing-ports-are-left.ts";
import { rdpHandshakeSucceeds } from "../../lib/checks/rdp-handshake-succeeds.ts";
import { windowsAloneChecksLogOns } from "../../lib/checks/windows-alone-checks-log-ons.ts";
import { windowsIsNoEvaluation } from "../../lib/checks/windows-is-no-evaluation.ts";
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

describe("the CredSSP update of 2018", () => {
  const made = (build: number, credSsp?: string) => (guest: ReadableGuest) => {
    Object.assign(guest.system, { build, credSsp });
  };
  const openTo = (edit: (guest: ReadableGuest) => void, nla: number) => (guest: ReadableGuest) => {
    edit(guest);
    guest.registry["rdp-tcp/UserAuthentication"] = dword(nla);
  };

  test.each([
    [14393, "10.0.14393.2248"],
    [14393, "10.0.14393.8066"],
    [9600, "6.3.9600.18999"],
    [17134, undefined],
    [26100, undefined],
  ])("is in build %d with TSpkg.dll %s", (build, credSsp) => {
    expectHealthy(judged(credsspSuitsClients, made(build, credSsp)));
  });

  test.each([
    [14393, "10.0.14393.0"],
    [14393, "10.0.14393.2247"],
    [9600, "6.3.9600.17415"],
  ])("is not in build %d with TSpkg.dll %s: updated clients refuse it", (build, credSsp) => {
    const lacking = made(build, credSsp);
    expectFaulty(judged(credsspSuitsClients, openTo(lacking, 1)), [], "CredSSP encryption oracle remediation");
    expectNoted(judged(credsspSuitsClients, openTo(lacking, 0)), "enablecredsspsupport:i:0");
  });

  test("is not known for a build without a documented version, or without the file", () => {
    expectUnknown(judged(credsspSuitsClients, made(10240, "10.0.10240.17861")), "10240");
    expectUnknown(judged(credsspSuitsClients, made(14393)), "not read");
    expectUnknown(judged(credsspSuitsClients, made(14393, "none")), "none");
  });
});

test("memory that ran out lately is told, with how often", () => {
  const ran = (guest: ReadableGuest) => {
    guest.events = [
      { provider: "ResourceExhaustion", id: 2004, status: null, count: 3, last: "2026-11-21T07:00:00.000Z" },
    ];
  };
  expectHealthy(judged(memoryIsLeft));
  expectNoted(judged(memoryIsLeft, ran), "3 times in 24 hours (event 2004, last 2026-11-21T07:00:00.000Z)");
  expectUnknown(judgedWithout(memoryIsLeft, ["events"]), "events");
});

test("an evaluation of Windows is told, and how long ago it started where it may shut down each hour", () => {
  const started = (bootTime: string) => (guest: ReadableGuest) => {
    Object.assign(guest.system, { evaluation: true, bootTime });
    guest.collectedAt = "2026-11-21T08:00:00.000Z";
  };
  expectHealthy(judged(windowsIsNoEvaluation));
  expectNoted(judged(windowsIsNoEvaluation, started("2026-11-21T07:20:00.000Z")), "started 40 minutes ago");
  const long = judged(windowsIsNoEvaluation, started("2026-11-20T07:20:00.000Z"));
  expectNoted(long, "shuts down every hour");
  expect(long.because).not.toContain("minutes ago");
});

test("a product that asks at the log-on screen is named", () => {
  const duo = (guest: ReadableGuest) => {
    guest.installedProducts.credentials = ["DuoCredFilter.dll of Duo Security LLC"];
  };
  expectHealthy(judged(windowsAloneChecksLogOns));
  expectNoted(judged(windowsAloneChecksLogOns, duo), "DuoCredFilter.dll of Duo Security LLC");
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
    guest.installedProducts = { credentials: [], security: ["CSFalconService", "Unheard"], filters: ["acme_lwf"] };
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
