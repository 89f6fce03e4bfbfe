import { describe, expect, test } from "vitest";
import { longestBecause } from "../../lib/checks/_section.ts";
import { rdpListenerIsListening } from "../../lib/checks/rdp-listener-is-listening.ts";
import { dword, type ReadableGuest, service } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

function silent(guest: ReadableGuest): void {
  guest.listener.owner = null;
}

function failing(guest: ReadableGuest): void {
  guest.handshake = { result: "failed", stage: "negotiate", error: "The connection was reset." };
}

test("TermService holds the port, whichever it is", () => {
  expectHealthy(judged(rdpListenerIsListening), "port 3389");
  expectHealthy(
    judged(rdpListenerIsListening, (guest) => {
      guest.listener.port = 3390;
      guest.listener.winStations = [{ name: "RDP-Tcp", port: 3390, wdName: "Microsoft RDP 8.0" }];
    }),
    "port 3390",
  );
});

describe("nobody listens", () => {
  test("for no reason that shows: restart", () => {
    expectFaulty(judged(rdpListenerIsListening, silent), ["restart-rdp-services"], "Nothing listens on port 3389");
    const { because } = judged(rdpListenerIsListening, (guest) => {
      silent(guest);
      service(guest, "TermService").state = "Stopped";
    });
    expect(because).not.toContain("excludedportrange");
    expectFaulty(judged(rdpListenerIsListening, silent), ["restart-rdp-services"], "excludedportrange");
    expectFaulty(
      judgedWithout(rdpListenerIsListening, ["registry"], silent),
      ["restart-rdp-services"],
      "Nothing listens",
    );
  });

  test("because Remote Desktop is off: what turns it on", () => {
    const off = judged(rdpListenerIsListening, (guest) => {
      silent(guest);
      guest.registry["terminal-server/fDenyTSConnections"] = dword(1);
    });
    expectFaulty(off, ["enable-remote-desktop"], "fDenyTSConnections is 1");
  });

  test("because a policy turns it off: as much of the reason as a finding has room for", () => {
    const off = judged(rdpListenerIsListening, (guest) => {
      silent(guest);
      guest.system.domainJoined = false;
      guest.domain = { ...guest.domain, join: "hybrid" };
      guest.registry["policy/fDenyTSConnections"] = dword(1);
    });
    expectFaulty(off, [], "Nothing listens on port 3389. A policy turns Remote Desktop off");
    expect(off.because.length).toBeLessThanOrEqual(longestBecause);
  });

  test("because group policy turned it off: nobody here", () => {
    const off = judged(rdpListenerIsListening, (guest) => {
      silent(guest);
      guest.registry["policy/fDenyTSConnections"] = dword(1);
      guest.system.domainJoined = true;
    });
    expectFaulty(off, [], "Group policy");
  });

  test.each([
    ["terminalServer", "Terminal Server is missing"],
    ["rdpTcp", "RDP-Tcp is missing"],
  ] as const)("because the key %s is missing: nothing is created", (key, word) => {
    const damaged = judged(rdpListenerIsListening, (guest) => {
      silent(guest);
      guest.listener.registryKeys = { terminalServer: true, rdpTcp: true, [key]: false };
    });
    expectFaulty(damaged, [], word);
  });

  test.each([
    [dword(0), "PortNumber is 0, which is no port"],
    [dword(70000), "PortNumber is 70000, which is no port"],
    [{ type: "string", data: "3390" } as const, 'PortNumber is "3390" (string), which is no port'],
  ])("because the registry holds no port: the value is named, and 3389 offered by name", (data, word) => {
    const edit = (guest: ReadableGuest) => {
      guest.registry["rdp-tcp/PortNumber"] = data;
    };
    const result = judged(rdpListenerIsListening, (guest) => {
      silent(guest);
      edit(guest);
    });
    expectFaulty(result, [], word);
    expect(result.because).toContain("reset-rdp-port");
    expectNoted(judged(rdpListenerIsListening, edit), "listens on port 3389 nevertheless");
  });

  test("because of an adapter that is gone", () => {
    const bound = (guest: ReadableGuest) => {
      guest.registry["rdp-tcp/LanAdapter"] = dword(2);
    };
    const both = (guest: ReadableGuest) => {
      silent(guest);
      bound(guest);
    };
    expectFaulty(judged(rdpListenerIsListening, both), ["enable-remote-desktop"], "LanAdapter");
    expectHealthy(judged(rdpListenerIsListening, bound));
  });
});

describe("somebody else holds the port", () => {
  test("a program, or services in a shared process", () => {
    const judgedWith = (process: string, services: string[]) =>
      judged(rdpListenerIsListening, (guest) => {
        guest.listener.owner = { process, services };
      });
    expectFaulty(judgedWith("intruder.exe", []), [], "intruder.exe");
    expectFaulty(judgedWith("svchost.exe", ["iphlpsvc"]), [], "iphlpsvc");
    expectUnknown(judgedWith("svchost.exe", []), "the services in it could not be read");
  });
});

describe("odd WinStations", () => {
  const odd = {
    "a second one on the port": { name: "ThirdParty-Tcp", port: 3389, wdName: "Remote Access Suite 4" },
    "a driver of another maker": { name: "rdp-tcp", port: 3389, wdName: "Remote Access Suite 4" },
  };
  test.each(Object.entries(odd))("%s is a fault when the handshake fails, and only then", (_, station) => {
    const add = (guest: ReadableGuest) => {
      guest.listener.winStations.push(station);
    };
    const broken = judged(rdpListenerIsListening, (guest) => {
      add(guest);
      failing(guest);
    });
    expectFaulty(broken, [], "Remote Access Suite 4");
    expectHealthy(judged(rdpListenerIsListening, add), "although");
    expectUnknown(
      judgedWithout(rdpListenerIsListening, ["handshake"], add),
      "no handshake shows whether that does harm",
    );
  });

  test.each([
    ["on another port", { name: "ICA-Tcp", port: 1494, wdName: "Citrix" }],
    ["of Azure Virtual Desktop, which calls out", { name: "rdp-sxs240705700", port: 3389, wdName: "Microsoft RDP" }],
    ["whose driver is not told", { name: "RDP-Tcp", port: 3389, wdName: "" }],
  ])("one %s is none", (_, station) => {
    const result = judged(rdpListenerIsListening, (guest) => {
      guest.listener.winStations = [station];
      failing(guest);
    });
    expect(result.verdict).toBe("healthy");
  });
});

test("a port that counts from the next start on is noted, and the port in use is the one that is judged", () => {
  const result = judged(rdpListenerIsListening, (guest) => {
    guest.listener.winStations = [{ name: "RDP-Tcp", port: 33890, wdName: "Microsoft RDP 8.0" }];
  });
  expectNoted(result, "TermService listens on port 3389 since its start. PortNumber is 33890");
  expect(result.because).toContain("/v PortNumber /t REG_DWORD /d 3389 /f");
  expect(result.because.length).toBeLessThanOrEqual(320);
});

test("a port that netsh forwards is told with the command that ends it", () => {
  const result = judged(rdpListenerIsListening, (guest) => {
    guest.listener.owner = { process: "svchost.exe", services: ["iphlpsvc"] };
  });
  expectFaulty(result, [], "netsh interface portproxy delete v4tov4 listenport=3389");
  expect(result.because).not.toContain("Stop it");
});

describe("http.sys holds the port, in the process System", () => {
  const heldBySystem = (port: number) =>
    judged(rdpListenerIsListening, (guest) => {
      guest.listener.port = port;
      guest.listener.owner = { process: "System", services: [] };
    });

  test("nobody is told to stop System, and a port of one's own can go back to 3389", () => {
    const result = heldBySystem(443);
    expectFaulty(result, [], "Port 443 is held by http.sys (process System)");
    expect(result.because).toContain("set Remote Desktop back to 3389 (by name: reset-rdp-port)");
    expect(result.because).not.toContain("Stop it");
  });

  test("on 3389 only the site can move", () => {
    const result = heldBySystem(3389);
    expectFaulty(result, [], "Move that site to another port.");
    expect(result.because).not.toContain("reset-rdp-port");
  });
});
