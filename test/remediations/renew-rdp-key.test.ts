import { expect, test } from "vitest";
import { renewRdpKey } from "../../lib/remediations/renew-rdp-key.ts";
import { fixtureThumbprint } from "../fixtures/evidence.ts";
import { evidenceWith, folder, forced, inUse, notForced, restart } from "./evidence-with.ts";

const corrupt = evidenceWith((guest) =>
  Object.assign(inUse(guest).key, { usable: false, error: "Keyset does not exist" }),
);
const renames = {
  kind: "rename-rdp-key",
  was: { name: expect.stringMatching(/^f686aace6942fb7f7ceb231212eef4a4_[0-9a-f-]{36}$/), bytes: 2267 },
};
const removes = {
  kind: "remove-rdp-certificate",
  thumbprint: fixtureThumbprint,
  was: { notAfter: "2027-03-02T00:00:00.000Z" },
};

test("renames the key aside and removes its certificate", () => {
  expect(renewRdpKey.plan(corrupt, notForced)).toEqual([renames, removes, restart]);
});

test("a key file that is gone leaves the certificate to remove", () => {
  const evidence = evidenceWith((guest) => {
    guest.keys.rdpKey = null;
    Object.assign(inUse(guest).key, { present: false, usable: false, file: null });
  });
  expect(renewRdpKey.plan(evidence, notForced)).toEqual([removes, restart]);
});

test("with key and certificate gone, a restart makes both", () => {
  const evidence = evidenceWith((guest) => {
    guest.keys.rdpKey = null;
    guest.certificate.inUse = null;
  });
  expect(renewRdpKey.plan(evidence, notForced)).toEqual([restart]);
});

test("removes every certificate of the store that leans on the key, and no other", () => {
  const evidence = evidenceWith((guest) => {
    const using = inUse(guest);
    const twin = { ...using, thumbprint: "B".repeat(40) };
    const bystander = {
      ...using,
      thumbprint: "C".repeat(40),
      key: { ...using.key, file: "0123_other", container: "other" },
    };
    guest.certificate.inUse = null;
    guest.certificate.others = [twin, bystander];
  });
  expect(renewRdpKey.plan(evidence, notForced)).toEqual([renames, { ...removes, thumbprint: "B".repeat(40) }, restart]);
});

test("is called for when the handshake fails in TLS although the key signs", () => {
  const evidence = evidenceWith((guest) => {
    guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
  });
  expect(renewRdpKey.plan(evidence, notForced)).toEqual([renames, removes, restart]);
});

test("leaves a key that works, unless forced", () => {
  const well = evidenceWith(() => {});
  expect(renewRdpKey.plan(well, notForced)).toEqual([]);
  expect(renewRdpKey.plan(well, forced)).toEqual([renames, removes, restart]);
});

for (const origin of ["custom", "policy"] as const) {
  test(`refuses a certificate of origin ${origin}, forced or not`, () => {
    const evidence = evidenceWith((guest) => {
      guest.certificate.origin = origin;
      inUse(guest).key.usable = false;
    });
    const refused = { refused: expect.stringContaining("issued again") };
    expect(renewRdpKey.plan(evidence, notForced)).toEqual(refused);
    expect(renewRdpKey.plan(evidence, forced)).toEqual(refused);
  });
}

test("takes a certificate of LocalMachine\\My for custom where Windows does not tell the origin", () => {
  const evidence = evidenceWith((guest) => {
    guest.certificate.origin = null;
    inUse(guest).store = "My";
  });
  expect(renewRdpKey.plan(evidence, forced)).toEqual({ refused: expect.stringContaining("administrator") });
});

test("refuses to rename through a link", () => {
  const evidence = evidenceWith((guest) => {
    inUse(guest).key.usable = false;
    folder(guest).reparsePoint = true;
  });
  expect(renewRdpKey.plan(evidence, forced)).toEqual({ refused: expect.stringContaining("link") });
});
