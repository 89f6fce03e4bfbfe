import { describe, expect, test } from "vitest";
import { rdpKeyIsUsable } from "../../lib/checks/rdp-key-is-usable.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { folder, inUse, type ReadableGuest, rdpKey } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, judged, judgedBroken, judgedWithout } from "./judged.ts";

const permissions = ["repair-key-permissions", "renew-rdp-key"];
const replacement = ["renew-rdp-key", "rename-machine-keys-folder"];
const withoutNetworkService = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)";

/** The key does not open, in these words and by this HRESULT. */
function closed(error: string | null, code: string | null = null, edit: (guest: ReadableGuest) => void = () => {}) {
  return (guest: ReadableGuest) => {
    Object.assign(inUse(guest).key, { usable: false, error, code });
    edit(guest);
  };
}

test("a key that signs and that TermService may read is in order", () => {
  expectHealthy(judged(rdpKeyIsUsable), "A1B2C3D4");
});

describe("permissions", () => {
  test("TermService may not read the key, though SYSTEM can", () => {
    const result = judgedBroken(rdpKeyIsUsable, (guest) => {
      rdpKey(guest).sddl = withoutNetworkService;
    });
    expectFaulty(result, permissions, "NETWORK SERVICE may not read it");
  });

  test.each(["Access is denied.", "Keyset does not exist", null])(
    "they explain a key that does not open (%s)",
    (error) => {
      const edit = closed(error, null, (guest) => {
        rdpKey(guest).sddl = withoutNetworkService;
      });
      expectFaulty(judgedBroken(rdpKeyIsUsable, edit), permissions, "NETWORK SERVICE");
    },
  );

  test("those of the folder explain a key to which access is denied", () => {
    const edit = (guest: ReadableGuest) => {
      folder(guest).sddl = "D:PAI(A;;FA;;;BA)";
    };
    for (const code of ["0x80070005", "0x80090010"]) {
      expectFaulty(
        judgedBroken(rdpKeyIsUsable, closed("Zugriff verweigert", code, edit)),
        permissions,
        "of its folder",
      );
    }
    const gone = closed("Keyset does not exist", "0x80090016", edit);
    expectFaulty(judgedBroken(rdpKeyIsUsable, gone), replacement, "does not open");
  });

  test("those of a key that is not there yet matter too", () => {
    const result = judgedBroken(rdpKeyIsUsable, (guest) => {
      guest.certificate.inUse = null;
      rdpKey(guest).sddl = withoutNetworkService;
    });
    expectFaulty(result, permissions, "NETWORK SERVICE");
  });

  test("those of a file on which the certificate does not lean do not matter", () => {
    const result = judged(rdpKeyIsUsable, (guest) => {
      Object.assign(inUse(guest).key, { file: "0123_other", container: "other" });
      rdpKey(guest).sddl = withoutNetworkService;
    });
    expect(result.verdict).toBe("not-applicable");
  });

  test("where FIPS hides the name of the file, the container tells that it is this one", () => {
    const result = judgedBroken(rdpKeyIsUsable, (guest) => {
      inUse(guest).key.file = null;
      rdpKey(guest).sddl = withoutNetworkService;
    });
    expectFaulty(result, permissions, "NETWORK SERVICE");
  });

  test("a descriptor that cannot be understood decides nothing", () => {
    const result = judged(rdpKeyIsUsable, (guest) => {
      rdpKey(guest).sddl = "?";
    });
    expectHealthy(result);
  });
});

describe("replacement", () => {
  test.each<[string, string | null, (guest: ReadableGuest) => void]>([
    ["a key that is gone", "Keyset does not exist", (guest) => Object.assign(guest.keys, { rdpKey: null })],
    ["an empty file", null, (guest) => Object.assign(rdpKey(guest), { bytes: 0, sddl: withoutNetworkService })],
    ["a container in the way", "Object already exists.", () => {}],
    ["permissions that explain nothing", "Access is denied.", () => {}],
    ["no reason", null, () => {}],
    ["a certificate without a key", null, (guest) => Object.assign(inUse(guest).key, { present: false })],
  ])("%s", (_, error, edit) => {
    expectFaulty(judgedBroken(rdpKeyIsUsable, closed(error, null, edit)), replacement, error ?? "no reason given");
  });

  test.each(["0x80090003", "0x80090005", "0x8009000D", "0x8009001A"])(
    "a corrupt file, by its code in every language (%s)",
    (code) => {
      const edit = closed("Ungültiger Schlüssel.", code, (guest) => {
        rdpKey(guest).sddl = withoutNetworkService;
      });
      expectFaulty(judgedBroken(rdpKeyIsUsable, edit), replacement, "is corrupt (Ungültiger Schlüssel.)");
    },
  );

  test("words without a code decide nothing: they are in the language of the VM", () => {
    const edit = closed("Bad Key.", null, (guest) => {
      rdpKey(guest).sddl = withoutNetworkService;
    });
    expectFaulty(judgedBroken(rdpKeyIsUsable, edit), permissions, "NETWORK SERVICE");
  });
});

test("what stands behind a link is left to people", () => {
  for (const link of [folder, rdpKey]) {
    const edit = closed("Access is denied.", null, (guest) => Object.assign(link(guest), { reparsePoint: true }));
    expectFaulty(judgedBroken(rdpKeyIsUsable, edit), [], "link");
  }
});

test("what does no harm is noted: beside a handshake that completes, or for SYSTEM and others alone", () => {
  const works = (sddl: string) => judged(rdpKeyIsUsable, (guest) => Object.assign(rdpKey(guest), { sddl }));
  expectNoted(works(withoutNetworkService), "Remote Desktop works nevertheless");
  const broken = (sddl: string) => judgedBroken(rdpKeyIsUsable, (guest) => Object.assign(rdpKey(guest), { sddl }));
  expectNoted(broken("D:PAI(A;;FA;;;SY)(A;;FR;;;NS)"), "SessionEnv");
  expectNoted(
    broken("D:PAI(D;;FR;;;BG)(A;;FA;;;SY)(A;;FR;;;NS)"),
    "its permissions differ from those that Windows gives",
  );
});

test("a certificate that is over and that nobody may renew with this key", () => {
  const result = judgedBroken(rdpKeyIsUsable, (guest) => {
    inUse(guest).notAfter = fixtureTime;
    rdpKey(guest).sddl = "D:PAI(A;;FR;;;SY)(A;;FR;;;NS)";
  });
  expectFaulty(result, permissions, "may not renew");
});

describe("the key of a certificate that somebody chose", () => {
  function chosen(sddl: string, reparsePoint = false) {
    return (guest: ReadableGuest) => {
      guest.certificate.origin = "custom";
      Object.assign(inUse(guest), { store: "My", selfSigned: false });
      guest.certificate.keyFile = { path: "C:\\Keys\\a1", owner: "S-1-5-18", sddl, reparsePoint };
    };
  }

  test("must be readable for NETWORK SERVICE, wherever it is kept", () => {
    expectHealthy(judged(rdpKeyIsUsable, chosen("D:PAI(A;;FA;;;SY)(A;;FR;;;NS)")), "NETWORK SERVICE may read");
    const result = judgedBroken(rdpKeyIsUsable, chosen(withoutNetworkService));
    expectFaulty(result, ["repair-key-permissions"], "custom certificate");
    expect(result.evidence).toMatchObject({ file: "C:\\Keys\\a1" });
    expectNoted(judged(rdpKeyIsUsable, chosen(withoutNetworkService)), "works nevertheless");
    expectFaulty(judgedBroken(rdpKeyIsUsable, chosen(withoutNetworkService, true)), [], "may not read");
  });

  test("is not judged where its file cannot be told, or the certificate is gone", () => {
    const without = (edit: (guest: ReadableGuest) => void) =>
      judgedBroken(rdpKeyIsUsable, (guest) => {
        chosen("D:")(guest);
        edit(guest);
      });
    expect(without((guest) => Object.assign(guest.certificate, { keyFile: null })).verdict).toBe("not-applicable");
    expect(without((guest) => Object.assign(guest.certificate, { inUse: null })).verdict).toBe("not-applicable");
  });
});

test("without a certificate there is no key to judge", () => {
  const result = judged(rdpKeyIsUsable, (guest) => {
    guest.certificate.inUse = null;
  });
  expect(result).toMatchObject({ verdict: "not-applicable" });
});

test("events tell the story and decide nothing: they outlive the repair", () => {
  const logged = (guest: ReadableGuest) => {
    guest.events = [
      { provider: "RemoteConnectionManager", id: 1057, status: "Keyset does not exist", count: 3, last: fixtureTime },
      { provider: "Schannel", id: 36870, status: null, count: 1, last: fixtureTime },
      { provider: "ServiceControlManager", id: 7022, status: null, count: 1, last: fixtureTime },
    ];
  };
  const result = judged(rdpKeyIsUsable, logged);
  expectHealthy(result);
  const events = Object.keys(result.evidence ?? {}).filter((name) => name.startsWith("event"));
  expect(events).toEqual(["event 1057 (Keyset does not exist)", "event 36870"]);
  expectHealthy(judgedWithout(rdpKeyIsUsable, ["events"]));
});
