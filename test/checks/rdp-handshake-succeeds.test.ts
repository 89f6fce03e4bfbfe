import { describe, expect, test } from "vitest";
import { rdpHandshakeSucceeds } from "../../lib/checks/rdp-handshake-succeeds.ts";
import { fixtureThumbprint, fixtureTime } from "../fixtures/evidence.ts";
import { dword, inUse, type ReadableGuest, rdpKey, service } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectUnknown, judged, judgedWithout } from "./judged.ts";

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
    "in the stage %s, and nothing else is wrong: restart",
    (stage) => {
      const result = failed(() => {}, stage);
      expectFaulty(result, ["restart-rdp-services"], `stage ${stage}: The connection was reset.`);
    },
  );

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
      guest.registry["policy/SecurityLayer"] = dword(0);
    });
    expectFaulty(result, [], "reset");
  });

  test("with another cause that nobody could read, a restart is still worth trying", () => {
    const result = judgedWithout(rdpHandshakeSucceeds, ["certificate", "registry", "keys"], (guest) => {
      guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
    });
    expectFaulty(result, ["restart-rdp-services"], "reset");
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

describe("RDP's own security", () => {
  function chosen(guest: ReadableGuest): void {
    guest.handshake = { result: "rdp-security" };
  }

  test("because it is set so", () => {
    const result = judged(rdpHandshakeSucceeds, (guest) => {
      chosen(guest);
      guest.registry["rdp-tcp/SecurityLayer"] = dword(0);
    });
    expectFaulty(result, ["restore-security-layer"], "because");
  });

  test("because group policy sets it so", () => {
    const result = judged(rdpHandshakeSucceeds, (guest) => {
      chosen(guest);
      guest.registry["policy/SecurityLayer"] = dword(0);
    });
    expectFaulty(result, [], "Policies");
  });

  test("although TLS is wanted", () => {
    expectFaulty(judged(rdpHandshakeSucceeds, chosen), ["restart-rdp-services"], "although");
  });

  test("for a reason that could not be read", () => {
    expectUnknown(judgedWithout(rdpHandshakeSucceeds, ["registry"], chosen), "could not be read");
  });
});
