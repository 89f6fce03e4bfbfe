import { test } from "vitest";
import { tls12IsEnabledForServer } from "../../lib/checks/tls12-is-enabled-for-server.ts";
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

function values(enabled: number | null, disabledByDefault: number | null) {
  return (guest: ReadableGuest) => {
    guest.registry["tls12-server/Enabled"] = enabled === null ? null : dword(enabled);
    guest.registry["tls12-server/DisabledByDefault"] = disabledByDefault === null ? null : dword(disabledByDefault);
  };
}

test("absent values mean the default of Windows, which is on", () => {
  expectHealthy(judged(tls12IsEnabledForServer), "build 20348");
});

test.each([
  [1, 0],
  [0xffffffff, 0],
  [1, null],
])("Enabled %s and DisabledByDefault %s: on", (enabled, disabledByDefault) => {
  expectHealthy(judged(tls12IsEnabledForServer, values(enabled, disabledByDefault)), "TLS 1.2\\Server\\Enabled");
});

test.each([
  [0, 0, "Enabled is 0"],
  [0, null, "Enabled is 0"],
  [1, 1, "DisabledByDefault is 1"],
  [null, 1, "DisabledByDefault is 1"],
])("Enabled %s and DisabledByDefault %s: off", (enabled, disabledByDefault, word) => {
  expectFaulty(judgedBroken(tls12IsEnabledForServer, values(enabled, disabledByDefault)), ["enable-tls12"], word);
});

test("off beside a handshake that completes is its owner's choice", () => {
  const result = judged(tls12IsEnabledForServer, (guest) => {
    values(0, 1)(guest);
    Object.assign(guest.handshake, { protocol: "TLS 1.3" });
  });
  expectNoted(result, "works by TLS 1.3");
});

test("where the default is not known, only a handshake with TLS 1.2 tells", () => {
  const old = (guest: ReadableGuest) => {
    guest.system.build = 7601;
  };
  expectHealthy(judged(tls12IsEnabledForServer, old), "handshake");
  expectUnknown(judgedWithout(tls12IsEnabledForServer, ["handshake"], old), "build 7601");
  const tls13 = judgedWithout(tls12IsEnabledForServer, ["system"], (guest) => {
    Object.assign(guest.handshake, { protocol: "TLS 1.3" });
  });
  expectUnknown(tls13, "not read");
});

test("clients of a protocol that is off are noted when they were refused", () => {
  const refused = (status: string, off: string | null) =>
    judged(tls12IsEnabledForServer, (guest) => {
      guest.events = [{ provider: "Schannel", id: 36874, status, count: 7, last: guest.collectedAt }];
      if (off) guest.schannel.protocols = [{ protocol: off, enabled: 0, disabledByDefault: 1 }];
    });
  expectNoted(refused("TLS 1.0", "TLS 1.0"), "no newer protocol than TLS 1.0 were refused 7 times");
  expectHealthy(refused("TLS 1.0", null));
  expectHealthy(refused("TLS 1.2", "TLS 1.0"));
});
