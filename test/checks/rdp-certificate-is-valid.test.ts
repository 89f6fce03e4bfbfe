import { describe, expect, test } from "vitest";
import { rdpCertificateIsValid } from "../../lib/checks/rdp-certificate-is-valid.ts";
import { fixtureThumbprint, fixtureTime } from "../fixtures/evidence.ts";
import { inUse, type ReadableGuest, rdpKey } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, judged, judgedBroken, judgedWithout } from "./judged.ts";

const renewals = ["renew-rdp-certificate", "renew-rdp-key"];

function expired(guest: ReadableGuest): void {
  inUse(guest).notAfter = fixtureTime;
}

function custom(guest: ReadableGuest): void {
  guest.certificate.origin = "custom";
  Object.assign(inUse(guest), { store: "My", selfSigned: false, subject: "CN=rdp.example.com" });
}

describe("the certificate that Windows made", () => {
  test("is named with its end", () => {
    expectHealthy(judged(rdpCertificateIsValid), `self-signed certificate ${fixtureThumbprint}`);
  });

  test("may carry the domain's suffix, and any case", () => {
    const result = judged(rdpCertificateIsValid, (guest) => {
      inUse(guest).subject = "CN=vm-app-01.corp.example.com";
    });
    expectHealthy(result);
  });

  test.each<[string, (guest: ReadableGuest) => void, string]>([
    ["expired", expired, "expired on 2026-11-21"],
    [
      "not yet valid",
      (guest) => Object.assign(inUse(guest), { notBefore: "2027-01-01T00:00:00.000Z" }),
      "not valid before",
    ],
  ])("%s: renewed", (_, edit, word) => {
    expectFaulty(judgedBroken(rdpCertificateIsValid, edit), renewals, word);
    expectFaulty(judgedWithout(rdpCertificateIsValid, ["keys", "handshake"], edit), renewals, word);
  });

  test("for another computer: clients warn, and connect", () => {
    const edit = (guest: ReadableGuest) => Object.assign(inUse(guest), { subject: "CN=OLD-NAME" });
    expectNoted(judged(rdpCertificateIsValid, edit), "CN=OLD-NAME");
    expectNoted(judgedBroken(rdpCertificateIsValid, edit), "Clients warn");
  });

  test("without a name of the computer, the certificate's name is not judged", () => {
    for (const computerName of ["", "VM-APP-01"]) {
      const edit = (guest: ReadableGuest) => Object.assign(guest.system, { computerName });
      expect(judged(rdpCertificateIsValid, edit).verdict).toBe("healthy");
    }
    const other = (guest: ReadableGuest) => Object.assign(inUse(guest), { subject: "CN=OLD-NAME" });
    expect(judgedWithout(rdpCertificateIsValid, ["system"], other).verdict).toBe("healthy");
  });

  test("expired in its store, while the listener presents one in date: noted", () => {
    expectNoted(judged(rdpCertificateIsValid, expired), "Remote Desktop works nevertheless");
  });

  describe.each([
    [false, "Remove that entry (regedit, Permissions)"],
    [true, "Its owner must remove that entry"],
  ])("while SYSTEM is denied to write its store (inherited: %s)", (inherited, advice) => {
    const key = "SOFTWARE\\Microsoft\\SystemCertificates\\Remote Desktop";
    const denied = (guest: ReadableGuest) => {
      guest.certificate.writeDenied = [{ key, inherited }];
    };

    test("in date: noted, because it cannot be renewed", () => {
      expectNoted(judged(rdpCertificateIsValid, denied), advice);
    });

    test("the commands name the key and the entries, and none are given for entries of keys above", () => {
      const { removeDenyEntries = "" } = judged(rdpCertificateIsValid, denied).evidence ?? {};
      if (inherited) return expect(removeDenyEntries).toBe("");
      expect(removeDenyEntries).toContain(`'HKLM:\\${key}'`);
      expect(removeDenyEntries).toMatch(
        /-eq 'Deny' -and .*'S-1-5-18'.*RemoveAccessRuleSpecific.*Set-Acl .*Restart-Service SessionEnv$/,
      );
    });

    test("no command has a key that is not one of the store", () => {
      const named = (guest: ReadableGuest) => {
        guest.certificate.writeDenied = [{ key: `${key}'; Remove-Item 'C:\\`, inherited }];
      };
      expect(judged(rdpCertificateIsValid, named).evidence).not.toHaveProperty("removeDenyEntries");
    });

    test.each<[string, (guest: ReadableGuest) => void]>([
      ["expired", expired],
      [
        "gone",
        (guest) => {
          guest.certificate.inUse = null;
        },
      ],
    ])("%s: nothing here renews it, and the advice says what does", (_, edit) => {
      const both = (guest: ReadableGuest) => {
        denied(guest);
        edit(guest);
      };
      expectFaulty(judgedBroken(rdpCertificateIsValid, both), [], `HKLM\\${key} denies SYSTEM to write`);
      expectFaulty(judgedBroken(rdpCertificateIsValid, both), [], advice);
    });
  });

  test("made by a clock that is ahead of ours, it is valid", () => {
    const result = judged(rdpCertificateIsValid, (guest) => {
      guest.collectedAt = "2026-11-21T08:10:00.000Z";
      inUse(guest).notBefore = "2026-11-21T08:09:00.000Z";
    });
    expectHealthy(result);
  });

  test("its name is not judged where the computer's was not read", () => {
    const renamed = (guest: ReadableGuest) => {
      inUse(guest).subject = "CN=OLD-NAME";
    };
    expectHealthy(judgedWithout(rdpCertificateIsValid, ["system"], renamed));
  });

  test("a key that does not work is no fault of the certificate", () => {
    const result = judged(rdpCertificateIsValid, (guest) => {
      inUse(guest).key.usable = false;
    });
    expectHealthy(result);
  });

  test("a key that only needs its permissions back is not offered for replacement", () => {
    const result = judgedBroken(rdpCertificateIsValid, (guest) => {
      expired(guest);
      rdpKey(guest).sddl = "D:PAI(A;;FA;;;SY)";
    });
    expectFaulty(result, ["renew-rdp-certificate"], "expired");
  });
});

describe("no certificate", () => {
  function gone(guest: ReadableGuest): void {
    guest.certificate.inUse = null;
  }

  test("a pointer that leads nowhere is a fault, and noted while the old one is still presented", () => {
    expectFaulty(
      judgedBroken(rdpCertificateIsValid, gone),
      renewals,
      `SelfSignedCertificate names ${fixtureThumbprint}`,
    );
    expectNoted(judged(rdpCertificateIsValid, gone), "works nevertheless");
    expectFaulty(judgedWithout(rdpCertificateIsValid, ["registry", "handshake"], gone), renewals, "no certificate");
  });

  test("without a pointer, what the listener presents decides", () => {
    const neither = (guest: ReadableGuest) => {
      gone(guest);
      guest.registry["winstations/SelfSignedCertificate"] = null;
    };
    expectHealthy(judged(rdpCertificateIsValid, neither), "presents");
    expectFaulty(judgedWithout(rdpCertificateIsValid, ["handshake"], neither), renewals, "no certificate");
  });

  test("a choice that leads nowhere is left to who made it", () => {
    const chosen = judgedBroken(rdpCertificateIsValid, (guest) => {
      gone(guest);
      guest.registry["rdp-tcp/SSLCertificateSHA1Hash"] = { type: "binary", data: "AB".repeat(20) };
    });
    expectFaulty(chosen, [], `SSLCertificateSHA1Hash names the thumbprint ${"AB".repeat(20)}`);
    const byPolicy = judgedBroken(rdpCertificateIsValid, (guest) => {
      gone(guest);
      guest.certificate.origin = "policy";
    });
    expectFaulty(byPolicy, [], "was chosen");
  });

  test.each([
    [{ type: "string", data: "AB".repeat(20) }, "is a string (ABAB"],
    [{ type: "binary", data: "00".repeat(20) }, "is all zeros"],
    [{ type: "binary", data: "" }, "is all zeros"],
  ] as const)("a thumbprint that is none is told as such, and not as a certificate that is gone: %j", (data, word) => {
    const written = (guest: ReadableGuest) => {
      guest.certificate.inUse = null;
      guest.registry["rdp-tcp/SSLCertificateSHA1Hash"] = data;
    };
    expectFaulty(judgedBroken(rdpCertificateIsValid, written), [], word);
    const works = judged(rdpCertificateIsValid, written);
    expectNoted(works, "remove-certificate-binding, by name");
    expect(works.because).not.toContain("not in the store");
  });
});

describe("a certificate that somebody chose", () => {
  test("may have another name", () => {
    expectHealthy(judged(rdpCertificateIsValid, custom), "custom certificate");
  });

  test.each<[string, (guest: ReadableGuest) => void, string]>([
    ["expired", expired, "expired"],
    [
      "without its key",
      (guest) => Object.assign(inUse(guest).key, { usable: false, present: false }),
      "has no private key on this VM",
    ],
    [
      "without a key that opens",
      (guest) => Object.assign(inUse(guest).key, { usable: false, error: "Keyset does not exist" }),
      "Keyset",
    ],
    [
      "for e-mail",
      (guest) => Object.assign(inUse(guest), { keyUsages: ["1.3.6.1.5.5.7.3.4"] }),
      "not meant for servers",
    ],
  ])("%s: reported, never touched", (_, edit, word) => {
    const result = judgedBroken(rdpCertificateIsValid, (guest) => {
      custom(guest);
      edit(guest);
    });
    expectFaulty(result, [], word);
  });

  test.each([[[]], [["1.3.6.1.4.1.311.54.1.2"]], [["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"]]])(
    "usages %j serve",
    (keyUsages) => {
      const result = judged(rdpCertificateIsValid, (guest) => {
        custom(guest);
        inUse(guest).keyUsages = keyUsages;
      });
      expectHealthy(result);
    },
  );

  test("is recognised by its store where nobody says whose it is", () => {
    const result = judgedBroken(rdpCertificateIsValid, (guest) => {
      custom(guest);
      guest.certificate.origin = null;
      expired(guest);
    });
    expectFaulty(result, [], "custom");
  });

  test("is group policy's when Windows says so", () => {
    const result = judgedBroken(rdpCertificateIsValid, (guest) => {
      guest.certificate.origin = "policy";
      expired(guest);
    });
    expectFaulty(result, [], "group policy's");
    expect(result.evidence).toMatchObject({ origin: "policy" });
  });
});
