import { describe, expect, test } from "vitest";
import { rdpHandshakeSucceeds } from "../../lib/checks/rdp-handshake-succeeds.ts";
import { fixtureThumbprint, fixtureTime } from "../fixtures/evidence.ts";
import { dword, inUse, type ReadableGuest, rdpKey, service } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

function failed(edit: (guest: ReadableGuest) => void = () => {}, stage: "connect" | "negotiate" | "tls" = "tls") {
  return judged(rdpHandshakeSucceeds, (guest) => {
    guest.handshake = { result: "failed", stage, error: "The connection was reset." };
    edit(guest);
  });
}

test("completed: protocol, suite and certificate are named", () => {
  expectHealthy(judged(rdpHandshakeSucceeds), "TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
});

describe("failed", () => {
  test.each(["connect", "negotiate", "tls"] as const)(
    "in the stage %s, and nothing else is wrong: told, and a restart offered by name",
    (stage) => {
      const result = failed(() => {}, stage);
      expectFaulty(result, [], `stage ${stage}: The connection was reset.`);
      expect(result.because).toContain("can be asked for by name (restart-rdp-services)");
    },
  );

  test("without a known cause, what was seen is told: events with their codes, protocols, the adapter", () => {
    const result = failed((guest) => {
      guest.events = [{ provider: "Schannel", id: 36874, status: "TLS 1.2", count: 5, last: fixtureTime }];
      guest.schannel.protocols = [{ protocol: "TLS 1.3", enabled: 0, disabledByDefault: null }];
      guest.registry["rdp-tcp/LanAdapter"] = dword(4);
    });
    expectFaulty(result, [], "Events: 36874. The listener is bound to one adapter (LanAdapter 4).");
    expect(result.evidence).toMatchObject({
      "event Schannel 36874 (TLS 1.2)": expect.stringContaining("5 times"),
      "TLS 1.3 for servers": "Enabled 0, DisabledByDefault absent",
      LanAdapter: 4,
    });
  });

  test("what restores the causes restores it", () => {
    const result = failed((guest) => {
      rdpKey(guest).sddl = "D:PAI(A;;FA;;;SY)";
      guest.registry["tls12-server/Enabled"] = dword(0);
    });
    expectFaulty(result, ["enable-tls12", "repair-key-permissions", "renew-rdp-key"], "reset");
    expect(result.evidence).toMatchObject({ causes: "tls12-is-enabled-for-server, rdp-key-is-usable" });
  });

  test("nothing here restores it while one cause is somebody else's", () => {
    const result = failed((guest) => {
      service(guest, "TermService").state = "Stopped";
      guest.registry["policy/SecurityLayer"] = dword(7);
    });
    expectFaulty(result, [], "reset");
  });

  describe("where the VM's own client may be the reason", () => {
    const client = { address: "127.0.0.1", offered: ["TLS 1.2"], forbidden: [] as string[] };
    function failedWith(own: Partial<typeof client>, edit: (guest: ReadableGuest) => void = () => {}) {
      return failed((guest) => {
        Object.assign(guest.handshake, { client: { ...client, ...own } });
        edit(guest);
      });
    }

    test("it proves nothing: a Client key forbids TLS 1.2, and the listener has TLS 1.2 and 1.3", () => {
      const result = failedWith({ offered: [], forbidden: ["TLS 1.2", "TLS 1.3"] });
      expectUnknown(result, "the registry forbids its own client TLS 1.2 and TLS 1.3");
    });

    test("it proves nothing: the listener has TLS 1.3 alone, and the client cannot offer it", () => {
      const result = failedWith({}, (guest) => {
        guest.schannel.protocols = [{ protocol: "TLS 1.2", enabled: 0, disabledByDefault: 1 }];
      });
      expectUnknown(result, "its own client cannot offer TLS 1.3");
    });

    test("it proves nothing: a policy leaves no curve that clients use", () => {
      const result = failedWith({}, (guest) => {
        guest.registry["cipher-policy/EccCurves"] = { type: "string", data: "secp999" };
      });
      expectUnknown(result, "EccCurves: secp999");
    });

    test("it proves nothing beside a fault that explains it either: the repair of that fault is proven without it", () => {
      const result = failedWith({ offered: [], forbidden: ["TLS 1.2", "TLS 1.3"] }, (guest) => {
        guest.certificate.inUse = null;
      });
      expectUnknown(result, "the registry forbids its own client TLS 1.2 and TLS 1.3");
    });

    test("a common protocol and a usual curve make the listener the reason", () => {
      const result = failedWith({ forbidden: ["TLS 1.0", "TLS 1.3"] }, (guest) => {
        guest.registry["cipher-policy/EccCurves"] = { type: "multi-string", data: ["NistP521", "NistP384"] };
      });
      expectFaulty(result, [], "No check found the cause");
      expect(result.evidence).toMatchObject({ "connected to": "127.0.0.1" });
    });
  });

  test("with causes that nobody could read, nothing is planned", () => {
    const result = judgedWithout(rdpHandshakeSucceeds, ["certificate", "registry", "keys"], (guest) => {
      guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
    });
    expectFaulty(result, [], "reset");
  });
});

describe("completed with a certificate that expired", () => {
  function expired(guest: ReadableGuest): void {
    Object.assign(guest.handshake, { notAfter: fixtureTime });
  }

  test("is restored like the certificate", () => {
    const result = judged(rdpHandshakeSucceeds, (guest) => {
      expired(guest);
      inUse(guest).notAfter = fixtureTime;
    });
    expectFaulty(result, ["renew-rdp-certificate", "renew-rdp-key"], fixtureThumbprint);
  });

  test("ends nobody's session for a certificate that somebody chose", () => {
    const result = judged(rdpHandshakeSucceeds, (guest) => {
      expired(guest);
      guest.certificate.origin = "custom";
      inUse(guest).notAfter = fixtureTime;
    });
    expectFaulty(result, [], "expired");
  });

  test("needs a restart where the pointer already leads to a new one", () => {
    expectFaulty(judged(rdpHandshakeSucceeds, expired), ["restart-rdp-services"], "expired");
  });
});

test("completed with another certificate than the one in use: noted, with what it may mean", () => {
  const presenting = (thumbprint: string) => (guest: ReadableGuest) => Object.assign(guest.handshake, { thumbprint });
  const stranger = "B".repeat(40);
  expectNoted(judged(rdpHandshakeSucceeds, presenting(stranger)), "or another program answers in its place");
  const former = judged(rdpHandshakeSucceeds, (guest) => {
    presenting(stranger)(guest);
    guest.certificate.others = [{ ...inUse(guest), thumbprint: stranger }];
  });
  expectNoted(former, "still presents the former one");
  expectHealthy(judgedWithout(rdpHandshakeSucceeds, ["certificate"], presenting(stranger)));
});

test("RDP's own security is a supported configuration", () => {
  const judgedWith = (id: "rdp-tcp/SecurityLayer" | "policy/SecurityLayer", layer: number) =>
    judged(rdpHandshakeSucceeds, (guest) => {
      guest.handshake = { result: "rdp-security" };
      guest.registry[id] = dword(layer);
    });
  expectNoted(judgedWith("rdp-tcp/SecurityLayer", 0), "because");
  expectNoted(judgedWith("policy/SecurityLayer", 0), "Policies");
  expectNoted(judgedWith("rdp-tcp/SecurityLayer", 2), "although");
  const unread = judgedWithout(rdpHandshakeSucceeds, ["registry"], (guest) => {
    guest.handshake = { result: "rdp-security" };
  });
  expectUnknown(unread, "could not be read");
});
