import { describe, expect, test } from "vitest";
import { rdpKeyIsUsable } from "../../lib/checks/rdp-key-is-usable.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { folder, inUse, type ReadableGuest, rdpKey } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, judged, judgedWithout } from "./judged.ts";

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
    const result = judged(rdpKeyIsUsable, (guest) => {
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
      expectFaulty(judged(rdpKeyIsUsable, edit), permissions, "NETWORK SERVICE");
    },
  );

  test("those of the folder explain a key to which access is denied", () => {
    const edit = (guest: ReadableGuest) => {
      folder(guest).sddl = "D:PAI(A;;FA;;;BA)";
    };
    for (const code of ["0x80070005", "0x80090010"]) {
      expectFaulty(judged(rdpKeyIsUsable, closed("Zugriff verweigert", code, edit)), permissions, "of its folder");
    }
    const gone = closed("Keyset does not exist", "0x80090016", edit);
    expectFaulty(judged(rdpKeyIsUsable, gone), replacement, "does not open");
  });

  test("those of a key that is not there yet matter too", () => {
    const result = judged(rdpKeyIsUsable, (guest) => {
      guest.certificate.inUse = null;
      rdpKey(guest).sddl = withoutNetworkService;
    });
    expectFaulty(result, permissions, "NETWORK SERVICE");
  });

  test("those of a file on which the certificate does not lean do not matter", () => {
    for (const file of [null, "0123_other"]) {
      const result = judged(rdpKeyIsUsable, (guest) => {
        inUse(guest).key.file = file;
        rdpKey(guest).sddl = withoutNetworkService;
      });
      expectHealthy(result);
    }
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
    expectFaulty(judged(rdpKeyIsUsable, closed(error, null, edit)), replacement, error ?? "no reason given");
  });

  test.each(["0x80090003", "0x80090005", "0x8009000D", "0x8009001A"])(
    "a corrupt file, by its code in every language (%s)",
    (code) => {
      const edit = closed("Ungültiger Schlüssel.", code, (guest) => {
        rdpKey(guest).sddl = withoutNetworkService;
      });
      expectFaulty(judged(rdpKeyIsUsable, edit), replacement, "is corrupt (Ungültiger Schlüssel.)");
    },
  );

  test("words without a code decide nothing: they are in the language of the VM", () => {
    const edit = closed("Bad Key.", null, (guest) => {
      rdpKey(guest).sddl = withoutNetworkService;
    });
    expectFaulty(judged(rdpKeyIsUsable, edit), permissions, "NETWORK SERVICE");
  });
});

test("what stands behind a link is left to people", () => {
  for (const link of [folder, rdpKey]) {
    const edit = closed("Access is denied.", null, (guest) => Object.assign(link(guest), { reparsePoint: true }));
    expectFaulty(judged(rdpKeyIsUsable, edit), [], "link");
  }
});

describe("not applicable", () => {
  test("where somebody chose another certificate", () => {
    for (const origin of ["custom", "policy"] as const) {
      const edit = closed(null, null, (guest) => Object.assign(guest.certificate, { origin }));
      expect(judged(rdpKeyIsUsable, edit)).toMatchObject({ verdict: "not-applicable" });
    }
  });

  test("where there is no certificate", () => {
    const result = judged(rdpKeyIsUsable, (guest) => {
      guest.certificate.inUse = null;
    });
    expect(result).toMatchObject({ verdict: "not-applicable" });
  });
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
